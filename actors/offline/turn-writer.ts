/**
 * Writes the file of one turn, packet after packet. Packets that come during a write are collected for the next write, so that a slow disk
 * is not slower with more packets.
 */

import { type Disk, PRIVATE_FILE_MODE } from '../../src/core/files/disk.ts';
import { diskError } from '../../src/core/files/disk-errors.ts';
import { type MaybePromise, runSteps, type Steps, wait } from '../../src/core/files/steps.ts';
import { encodeMeta, encodePacketRecord, type TurnMeta } from '../../src/core/turn-store/turn-file.ts';

export interface TurnWriter {
  readonly id: string;
  /** Done when the operating system has it. @throws EarshotError `store_full`, `store_failed` */
  append(packet: Uint8Array): MaybePromise<void>;
  /** Starts a sync, without waiting for it. */
  sync(): void;
  /** Writes at once what still waits for the disk: the process may be about to end. */
  flush(): void;
  /** Closes the file when everything is written and synced. */
  close(): MaybePromise<void>;
}

export interface TurnWriterOptions {
  disk: Disk;
  path: string;
  /** Runs before the file is created. */
  prepare(): Steps<void>;
}

interface Waiting {
  record: Uint8Array;
  onWritten?: () => void;
  onFailed?: (error: unknown) => void;
}

/** @throws EarshotError `store_full`, `store_failed`; by the first `append` where the disk is accessed by the pool */
export function openTurnWriter(meta: TurnMeta, { disk, path, prepare }: TurnWriterOptions): TurnWriter {
  let fd: number | undefined;
  let writtenBytes = 0;
  const waiting: Waiting[] = [];
  let isWriting = false;
  /** Resolves when everything that waited is written, or has failed. */
  let work: MaybePromise<void>;
  let syncing: MaybePromise<void>;
  let failure: { error: unknown } | undefined;
  let isClosing = false;

  function append(record: Uint8Array): MaybePromise<void> {
    if (failure) throw failure.error;
    const entry: Waiting = { record };
    waiting.push(entry);
    if (!isWriting) {
      isWriting = true;
      const writing = runSteps(writeAll());
      if (failure) throw (failure as { error: unknown }).error;
      if (!(writing instanceof Promise)) return undefined;
      work = writing;
    }
    return new Promise((resolve, reject) => {
      entry.onWritten = resolve;
      entry.onFailed = reject;
    });
  }

  function* writeAll(): Steps<void> {
    try {
      if (fd === undefined) {
        yield* prepare();
        fd = yield* wait(disk.open(path, 'wx', PRIVATE_FILE_MODE));
      }
      while (waiting.length > 0) {
        const batch = [...waiting];
        const bytes = joined(batch);
        yield* wait(disk.write(fd, bytes, writtenBytes));
        // If not, it was flushed meanwhile.
        if (waiting[0] === batch[0]) written(batch.length, bytes.length);
      }
    } catch (cause) {
      const error = diskError(path, cause);
      failure = { error };
      for (const { onFailed } of waiting.splice(0)) onFailed?.(error);
    } finally {
      isWriting = false;
    }
  }

  function written(records: number, bytes: number): void {
    writtenBytes += bytes;
    for (const { onWritten } of waiting.splice(0, records)) onWritten?.();
  }

  function* closeFile(): Steps<void> {
    yield* wait(work);
    yield* wait(syncing);
    if (fd === undefined) return;
    try {
      yield* wait(disk.sync(fd));
    } catch (cause) {
      throw diskError(path, cause);
    } finally {
      yield* wait(disk.close(fd));
    }
  }

  const { id } = meta;
  const writer: TurnWriter = {
    id,
    append: (packet) => (isClosing ? undefined : append(encodePacketRecord(packet))),
    sync() {
      if (fd === undefined || isClosing || syncing) return;
      const begun = disk.beginSync(fd);
      syncing = begun instanceof Promise ? begun.finally(() => (syncing = undefined)) : undefined;
    },
    flush() {
      if (fd === undefined) return;
      // Also without any: the disk may have more that waits.
      const bytes = joined(waiting);
      disk.writeNow(fd, bytes, writtenBytes);
      written(waiting.length, bytes.length);
    },
    close() {
      if (isClosing) return undefined;
      isClosing = true;
      return runSteps(closeFile());
    },
  };
  const begun = append(encodeMeta(meta));
  // The first packet gets the error.
  if (begun instanceof Promise) begun.catch(() => {});
  return writer;
}

function joined(entries: readonly Waiting[]): Uint8Array {
  const [first] = entries;
  return entries.length === 1 && first ? first.record : concatenated(entries.map(({ record }) => record));
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((bytes, { length }) => bytes + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
