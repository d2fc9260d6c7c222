/**
 * How the files of turns are written: at once where a thread of its own has the sound; else without waiting for the disk, by way of the
 * operating system's memory where that outlives this process, however it ends (the systemd unit says where), or by libuv's threads.
 */
import { createHash } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { errorFields } from '../core/errors.ts';
import type { Disk } from '../core/files/disk.ts';
import { memoryAheadDisk } from '../core/files/memory-ahead-disk.ts';
import { inlineDisk, inlineWriteDisk, pooledDisk } from '../core/files/node-disk.ts';
import type { Log } from '../core/log/log.ts';
import type { Threads } from './audio/audio-thread.ts';

/** Linux: TMPFS_MAGIC. */
const TMPFS = 0x0102_1994;

export interface TurnDiskOptions {
  threads: Threads;
  /** The folder of the turns. */
  turns: string;
  log: Log;
  environment?: NodeJS.ProcessEnv;
}

export function turnDisk({ threads, turns, log, environment = process.env }: TurnDiskOptions): Disk {
  if (threads !== 'one') return inlineWriteDisk;
  const { EARSHOT_MEMORY_FOLDER: memory } = environment;
  if (!memory || !isInMemory(memory)) return pooledDisk;
  const onError = (error: unknown, file?: string) =>
    log.warn('the memory for a turn cannot be used', { ...errorFields(error), file });
  // Another device of this user has another folder.
  const folder = join(memory, `turns-${createHash('sha256').update(turns).digest('hex').slice(0, 12)}`);
  try {
    return memoryAheadDisk({ disk: pooledDisk, memory: inlineDisk, folder, of: turns, onError });
  } catch (error) {
    onError(error);
    return pooledDisk;
  }
}

function isInMemory(folder: string): boolean {
  try {
    return statfsSync(folder).type === TMPFS;
  } catch {
    // There is no such folder.
    return false;
  }
}
