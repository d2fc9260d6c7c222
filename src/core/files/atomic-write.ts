/**
 * Replaces a file atomically: the content is written to another file beside it, which is renamed when it is complete.
 * After a failure the old file is unchanged, and the other file is deleted.
 */
import { dirname } from 'node:path';
import { type Disk, PRIVATE_FILE_MODE } from './disk.ts';
import { inlineDisk, pooledDisk } from './node-disk.ts';
import { runSteps, type Steps, wait } from './steps.ts';

export interface AtomicWriteOptions {
  /**
   * What survives a power cut when the write is done. `nothing`: after one the file may be damaged; for content that
   * can be created again. `content`: the file is complete, but may be the old one. `all`: it is the new one.
   */
  durable: 'nothing' | 'content' | 'all';
  /** Access rights of the new file. Default: only its owner. */
  mode?: number;
  /**
   * The path of the temporary file, in the same folder; it must not exist. Default: `PATH.part`, which is replaced if
   * it exists.
   */
  beside?: string;
  /** Called before the content is synced. */
  onWritten?: (fd: number) => void;
}

/** @throws the system's errors */
export function replaceFileSync(path: string, content: Uint8Array, options: AtomicWriteOptions): void {
  return runSteps(replaceFileOn(inlineDisk, path, content, options)) as undefined;
}

/** In the thread pool. @throws the system's errors, by rejection */
export async function replaceFile(path: string, content: Uint8Array, options: AtomicWriteOptions): Promise<void> {
  await runSteps(replaceFileOn(pooledDisk, path, content, options));
}

/** Renames a complete file, durably. @throws the system's errors, by rejection */
export async function publishFile(fd: number, from: string, to: string): Promise<void> {
  await runSteps(publish(pooledDisk, fd, from, to));
}

/** A name in a folder is durable when the folder is synced. @throws the system's errors, by rejection */
export async function syncFolder(folder: string): Promise<void> {
  await runSteps(syncFolderOn(pooledDisk, folder));
}

export function* replaceFileOn(
  disk: Disk,
  path: string,
  content: Uint8Array,
  { durable, mode = PRIVATE_FILE_MODE, beside, onWritten }: AtomicWriteOptions,
): Steps<void> {
  const part = beside ?? `${path}.part`;
  const fd = yield* wait(disk.open(part, beside === undefined ? 'w' : 'wx', mode));
  try {
    try {
      yield* wait(disk.write(fd, content, 0));
      onWritten?.(fd);
      if (durable !== 'nothing') yield* wait(disk.sync(fd));
    } finally {
      yield* wait(disk.close(fd));
    }
    yield* wait(disk.rename(part, path));
  } catch (error) {
    yield* wait(disk.remove(part));
    throw error;
  }
  if (durable === 'all') yield* syncFolderOn(disk, dirname(path));
}

function* publish(disk: Disk, fd: number, from: string, to: string): Steps<void> {
  yield* wait(disk.sync(fd));
  yield* wait(disk.rename(from, to));
  yield* syncFolderOn(disk, dirname(to));
}

function* syncFolderOn(disk: Disk, folder: string): Steps<void> {
  const fd = yield* wait(disk.open(folder, 'r'));
  try {
    yield* wait(disk.sync(fd));
  } finally {
    yield* wait(disk.close(fd));
  }
}
