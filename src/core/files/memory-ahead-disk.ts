/**
 * A disk for a thread that must not wait, and that wakes other threads seldom. What is written goes at once into a file in the operating system's
 * memory (tmpfs), and to the disk in one piece with the next sync. So a process that is killed loses nothing: the next one completes
 * its files from memory. A power cut destroys what was not synced, as on every disk.
 */
import type { EarshotError } from '../errors.ts';
import type { Disk } from './disk.ts';
import { diskError } from './disk-errors.ts';
import type { inlineDisk } from './node-disk.ts';
import type { MaybePromise } from './steps.ts';

export interface MemoryAheadOptions {
  /** What is slow. */
  disk: Disk;
  /** What never waits: of the operating system. */
  memory: typeof inlineDisk;
  /** In memory (tmpfs), and only for this process and those before it: a copy of each file that is open for writing. */
  folder: string;
  /** The folder on the disk whose files those before it have left incomplete. */
  of: string;
  /** A file could not be kept in memory, or completed from it. It is written to the disk at once, or stays incomplete. */
  onError: (error: EarshotError, file: string) => void;
}

interface OpenFile {
  readonly name: string;
  /** In memory. Undefined: it is written to the disk only. */
  copy: number | undefined;
  /** Not on the disk yet; together, from this position on. */
  readonly ahead: Uint8Array[];
  aheadFrom: number;
}

export function memoryAheadDisk(options: MemoryAheadOptions): Disk {
  const { disk, memory, folder, of, onError } = options;
  const open = new Map<number, OpenFile>();
  let areComplete = false;
  memory.openFolder(folder);

  function failed(cause: unknown, name: string): void {
    onError(diskError(`${folder}/${name}`, cause), name);
  }

  /** The files of a process that was killed. */
  function completeFiles(): void {
    areComplete = true;
    const onDisk = new Set(memory.list(of));
    for (const name of memory.list(folder)) {
      try {
        // If it is not there, it was removed since.
        if (onDisk.has(name)) complete(`${of}/${name}`, memory.read(`${folder}/${name}`));
        memory.remove(`${folder}/${name}`);
      } catch (error) {
        failed(error, name);
      }
    }
  }

  function complete(path: string, bytes: Uint8Array): void {
    const fd = memory.open(path, 'r+');
    try {
      memory.write(fd, bytes, 0);
      memory.sync(fd);
    } finally {
      memory.close(fd);
    }
  }

  async function openFile(path: string, flags: 'r' | 'w' | 'wx', mode?: number): Promise<number> {
    const fd = await disk.open(path, flags, mode);
    if (flags === 'r') return fd;
    const name = path.slice(path.lastIndexOf('/') + 1);
    open.set(fd, { name, copy: openCopy(name, mode), ahead: [], aheadFrom: 0 });
    return fd;
  }

  function openCopy(name: string, mode?: number): number | undefined {
    try {
      return memory.open(`${folder}/${name}`, 'w', mode);
    } catch (error) {
      failed(error, name);
      return undefined;
    }
  }

  /** Files are written from their beginning to their end. */
  function write(fd: number, bytes: Uint8Array, at: number): MaybePromise<void> {
    const file = open.get(fd);
    if (file?.copy === undefined) return disk.write(fd, bytes, at);
    file.ahead.push(bytes);
    try {
      memory.write(file.copy, bytes, at);
      return undefined;
    } catch (error) {
      failed(error, file.name);
      closeCopy(file);
      return writeAhead(fd, file);
    }
  }

  /** To the disk. What fails is tried again with the next sync. */
  async function writeAhead(fd: number, file: OpenFile): Promise<void> {
    const { aheadFrom: from, ahead } = file;
    const pieces = ahead.length;
    if (pieces === 0) return;
    const bytes = Buffer.concat(ahead);
    await disk.write(fd, bytes, from);
    // If not, somebody else has written them meanwhile.
    if (file.aheadFrom !== from) return;
    ahead.splice(0, pieces);
    file.aheadFrom += bytes.length;
  }

  function closeCopy(file: OpenFile): void {
    if (file.copy !== undefined) memory.close(file.copy);
    file.copy = undefined;
  }

  return {
    ...disk,
    openFolder(path) {
      disk.openFolder(path);
      if (path === of && !areComplete) completeFiles();
    },
    open: openFile,
    write,
    writeNow(fd, bytes, at) {
      const file = open.get(fd);
      if (!file) return disk.writeNow(fd, bytes, at);
      const all = Buffer.concat([...file.ahead.splice(0), bytes]);
      const from = at - (all.length - bytes.length);
      file.aheadFrom = from + all.length;
      disk.writeNow(fd, all, from);
      // The next process completes the file from it: it has to be whole.
      if (file.copy !== undefined) memory.write(file.copy, bytes, at);
    },
    async sync(fd) {
      const file = open.get(fd);
      if (file) await writeAhead(fd, file);
      await disk.sync(fd);
    },
    async beginSync(fd) {
      const file = open.get(fd);
      try {
        if (file) await writeAhead(fd, file);
      } catch {
        // It fails again at the close, where it is reported.
        return;
      }
      await disk.beginSync(fd);
    },
    async close(fd) {
      const file = open.get(fd);
      open.delete(fd);
      try {
        await disk.close(fd);
      } finally {
        if (file) {
          closeCopy(file);
          memory.remove(`${folder}/${file.name}`);
        }
      }
    },
  };
}
