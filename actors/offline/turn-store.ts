/**
 * The turn store of a device: one file for each turn, written while the turn is recorded, and removed when the cloud
 * has confirmed it. If there are too many turns the oldest is dropped, counted and reported. The recordings of a
 * gateway (actors/session/disk-recorder.ts) are files of the same format.
 *
 * When an `append` is done, the operating system has the packet: a process that is killed loses nothing. After a `sync`
 * it also survives a power cut.
 */
import type { Disk } from '../../src/core/files/disk.ts';
import { diskError } from '../../src/core/files/disk-errors.ts';
import { keyedFiles } from '../../src/core/files/keyed-files.ts';
import { type MaybePromise, runSteps, type Steps, wait } from '../../src/core/files/steps.ts';
import { readTurnFile, type StoredTurn, TURN_EXTENSION, type TurnMeta } from '../../src/core/turn-store/turn-file.ts';
import { openTurnWriter, type TurnWriter } from './turn-writer.ts';

export interface SetAside {
  file: string;
  /** How many turns are set aside. */
  setAside: number;
}

/** Each method throws, or rejects with, EarshotError `store_full`, `store_failed`. */
export interface TurnStore {
  create(meta: TurnMeta): TurnWriter;
  /** Ids, oldest first: a UUIDv7 sorts by time. */
  ids(): MaybePromise<string[]>;
  /** Undefined if nothing of it can be read. Changes nothing. */
  read(id: string): MaybePromise<StoredTurn | undefined>;
  remove(id: string): MaybePromise<void>;
  /** Moves it to a folder of turns that are not delivered. Beyond the limit the oldest there are removed. */
  setAside(id: string): MaybePromise<SetAside>;
  stats(): { limit: number; dropped: number; damaged: number };
}

export interface TurnStoreOptions {
  /** Turns that are stored at most. */
  limit: number;
  onDropped(id: string): void;
  onDamaged(id: string, damagedBytes: number, deliverable: boolean): void;
}

/** @throws EarshotError `store_failed` when the folder cannot be created */
export function openTurnStore(
  disk: Disk,
  folder: string,
  { limit, onDropped, onDamaged }: TurnStoreOptions,
): TurnStore {
  let dropped = 0;
  let damaged = 0;
  disk.openFolder(folder);

  const asideFolder = `${folder}/refused`;
  const { pathOf, keysOf } = keyedFiles(folder, TURN_EXTENSION);

  function* idsIn(of: string): Steps<string[]> {
    return keysOf(yield* onDisk(of, () => disk.list(of)));
  }

  function* setAside(id: string): Steps<SetAside> {
    disk.openFolder(asideFolder);
    const file = pathOf(id, asideFolder);
    yield* onDisk(file, () => disk.rename(pathOf(id), file));
    const asideIds = yield* idsIn(asideFolder);
    for (const oldest of asideIds.splice(0, asideIds.length - limit)) yield* remove(oldest, asideFolder);
    return { file, setAside: asideIds.length };
  }

  function* remove(id: string, of = folder): Steps<void> {
    const path = pathOf(id, of);
    yield* onDisk(path, () => disk.remove(path));
  }

  function* makeRoom(): Steps<void> {
    const stored = yield* idsIn(folder);
    while (stored.length >= limit) {
      const oldest = stored.shift();
      if (oldest === undefined) return;
      yield* remove(oldest);
      dropped += 1;
      onDropped(oldest);
    }
  }

  function* read(id: string): Steps<StoredTurn | undefined> {
    // A Uint8Array, because the `slice` of a Buffer does not copy.
    const bytes = new Uint8Array(yield* onDisk(pathOf(id), () => disk.read(pathOf(id))));
    const { turn, damagedBytes } = readTurnFile(bytes);
    if (damagedBytes > 0) {
      damaged += 1;
      onDamaged(id, damagedBytes, turn !== undefined);
    }
    return turn?.id === id ? turn : undefined;
  }

  return {
    create: (meta) => openTurnWriter(meta, { disk, path: pathOf(meta.id), prepare: makeRoom }),
    ids: () => runSteps(idsIn(folder)),
    read: (id) => runSteps(read(id)),
    remove: (id) => runSteps(remove(id)),
    setAside: (id) => runSteps(setAside(id)),
    stats: () => ({ limit, dropped, damaged }),
  };
}

function* onDisk<T>(path: string, work: () => MaybePromise<T>): Steps<T> {
  try {
    return yield* wait(work());
  } catch (cause) {
    throw diskError(path, cause);
  }
}
