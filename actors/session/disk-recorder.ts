/**
 * Records turns on the gateway's disk: one folder for each device, because only a device's ids are unique, and one file
 * for each turn. When the recordings use too many bytes, the device with the most loses its oldest. Turns that the
 * cloud does not have yet are not removed: the new one is refused instead.
 */
import { createHash } from 'node:crypto';
import { readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EarshotError, errorFields } from '../../src/core/errors.ts';
import { diskError, withDiskErrors } from '../../src/core/files/disk-errors.ts';
import { openPrivateFolder } from '../../src/core/files/private-folder.ts';
import type { Limits } from '../../src/core/limits/limits.ts';
import type { Log } from '../../src/core/log/log.ts';
import { createOccasionalLog } from '../../src/core/log/occasional-log.ts';
import { TURN_EXTENSION } from '../../src/core/turn-store/turn-file.ts';
import type { CompletedTurn, TurnRecorder } from './turn-recorder.ts';

/** Disk space of the smallest file. */
const BLOCK_BYTES = 4_096;

export interface DiskRecorderOptions {
  folder: string;
  limits: Pick<Limits, 'recordingBytes' | 'deviceRecordingBytes'>;
  /** Whether a recorded turn is not in the cloud yet. */
  isNeeded?: (device: string, id: string) => boolean;
  log: Log;
}

interface Recording {
  /** The folder of the device. */
  home: string;
  /** Unknown for a recording of an earlier gateway process. */
  device?: string;
  id: string;
  bytes: number;
  isWritten: boolean;
}

/**
 * The folder of a device: its name with the characters that a file name may have, and a suffix that distinguishes
 * devices whose names become equal.
 */
function homeOf(device: string): string {
  const readable = device.replace(/[^A-Za-z0-9-]/g, '_').slice(0, 32);
  return `${readable}-${createHash('sha256').update(device).digest('hex').slice(0, 16)}`;
}

/** @throws EarshotError `store_failed` when the folder cannot be used. */
export function createDiskRecorder({ folder, limits, isNeeded = () => false, log }: DiskRecorderOptions): TurnRecorder {
  /** By folder and id, oldest first. */
  const recordings = new Map<string, Recording>();
  const bytesOf = new Map<string, number>();
  /** Being written. The same turn delivered twice at the same time is one record. */
  const writing = new Map<string, Promise<void>>();
  const say = createOccasionalLog(log);
  let bytesInAll = 0;
  let removed = 0;

  openPrivateFolder(folder);
  withDiskErrors(folder, () => {
    for (const recording of findRecordings(folder)) add(recording);
  });

  function add(recording: Recording): void {
    recordings.set(keyOf(recording), recording);
    bytesInAll += recording.bytes;
    bytesOf.set(recording.home, (bytesOf.get(recording.home) ?? 0) + recording.bytes);
  }

  function forget(recording: Recording): void {
    recordings.delete(keyOf(recording));
    bytesInAll -= recording.bytes;
    const left = (bytesOf.get(recording.home) ?? 0) - recording.bytes;
    if (left > 0) bytesOf.set(recording.home, left);
    else bytesOf.delete(recording.home);
  }

  function remove(recording: Recording): void {
    forget(recording);
    removed += 1;
    say('recordings take too much of the disk: the oldest is removed', { turn: recording.id, removed });
    rm(pathOf(recording), { force: true }).catch((error: unknown) =>
      log.warn('a recording could not be removed', { turn: recording.id, ...errorFields(error) }),
    );
  }

  /** Recordings that may be removed, oldest first, by folder. */
  function removable(): Map<string, Recording[]> {
    const found = new Map<string, Recording[]>();
    for (const recording of recordings.values()) {
      if (!recording.isWritten || isNeeded(recording.device ?? '', recording.id)) continue;
      const ofHome = found.get(recording.home) ?? [];
      found.set(recording.home, ofHome);
      ofHome.push(recording);
    }
    return found;
  }

  /**
   * A device above its own limit loses its oldest. When the total is too large, the device with the most loses: a
   * device that fills the disk affects only itself.
   */
  function makeRoom(home: string, bytes: number): void {
    const taken = (of: string) => (bytesOf.get(of) ?? 0) + (of === home ? bytes : 0);
    const isOver = () => taken(home) > limits.deviceRecordingBytes;
    const isOverInAll = () => bytesInAll + bytes > limits.recordingBytes;
    if (!isOver() && !isOverInAll()) return;
    const candidates = removable();
    while (isOver() || isOverInAll()) {
      const homes = isOver() ? [home] : [...candidates.keys()].sort((a, b) => taken(b) - taken(a));
      const giver = homes.map((each) => candidates.get(each) ?? []).find((ofHome) => ofHome.length > 0);
      const recording = giver?.shift();
      if (!recording) throw noRoom();
      remove(recording);
    }
  }

  function noRoom(): EarshotError {
    return new EarshotError(
      'store_full',
      'There is no space for another recording: the cloud does not have the stored ones yet',
      'Check whether the cloud can be reached.',
    );
  }

  const pathOf = ({ home, id }: Pick<Recording, 'home' | 'id'>) => join(folder, home, `${id}${TURN_EXTENSION}`);

  async function write({ device, id, audio }: CompletedTurn): Promise<void> {
    const recording = { home: homeOf(device), device, id, bytes: bytesOnDisk(audio.bytes), isWritten: false };
    makeRoom(recording.home, recording.bytes);
    add(recording);
    try {
      openPrivateFolder(join(folder, recording.home));
      await audio.save(pathOf(recording));
      recording.isWritten = true;
    } catch (cause) {
      forget(recording);
      throw diskError(folder, cause);
    }
  }

  const has = (device: string, id: string) => recordings.get(keyOf({ home: homeOf(device), id }))?.isWritten === true;

  return {
    has,
    record(turn) {
      if (has(turn.device, turn.id)) return Promise.resolve();
      const key = keyOf({ home: homeOf(turn.device), id: turn.id });
      const running = writing.get(key) ?? write(turn).finally(() => writing.delete(key));
      writing.set(key, running);
      return running;
    },
  };
}

function keyOf({ home, id }: Pick<Recording, 'home' | 'id'>): string {
  return `${home}/${id}`;
}

/** With the path of its folder. */
function bytesOnDisk(bytes: number): number {
  return (Math.ceil(bytes / BLOCK_BYTES) + 1) * BLOCK_BYTES;
}

/** Those of earlier gateway processes, oldest first. Incomplete files and empty folders are removed. */
function findRecordings(folder: string): Recording[] {
  const found: (Recording & { writtenAtMs: number })[] = [];
  const homes = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory());
  for (const home of ['.', ...homes.map(({ name }) => name)]) {
    const names = readdirSync(join(folder, home));
    for (const name of names) {
      const path = join(folder, home, name);
      if (name.endsWith('.part')) rmSync(path, { force: true });
      if (!name.endsWith(TURN_EXTENSION)) continue;
      const { size, mtimeMs } = statSync(path);
      const id = name.slice(0, -TURN_EXTENSION.length);
      found.push({ home, id, bytes: bytesOnDisk(size), isWritten: true, writtenAtMs: mtimeMs });
    }
    if (home !== '.' && names.length === 0) rmdirSync(join(folder, home));
  }
  return found.sort((a, b) => a.writtenAtMs - b.writtenAtMs);
}
