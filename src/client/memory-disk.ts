/** Files in memory, for turns that last as long as the program. */
import type { Disk } from '../core/files/disk.ts';

interface File {
  /** More than its length, so that appending costs little. */
  bytes: Uint8Array;
  length: number;
}

export function memoryDisk(): Disk {
  const files = new Map<string, File>();
  const open = new Map<number, File>();
  let lastFd = 0;

  function write(fd: number, bytes: Uint8Array, at: number): void {
    const file = open.get(fd);
    if (!file) throw new Error('the file is closed');
    const end = at + bytes.length;
    if (end > file.bytes.length) {
      const longer = new Uint8Array(Math.max(end, 2 * file.bytes.length));
      longer.set(file.bytes);
      file.bytes = longer;
    }
    file.bytes.set(bytes, at);
    file.length = Math.max(file.length, end);
  }

  function find(path: string): File {
    const file = files.get(path);
    if (!file) throw new Error(`there is no file ${path}`);
    return file;
  }

  return {
    openFolder() {},
    open(path, flags) {
      if (flags === 'wx' && files.has(path)) throw new Error(`there is a file ${path}`);
      if (flags !== 'r') files.set(path, { bytes: new Uint8Array(), length: 0 });
      lastFd += 1;
      open.set(lastFd, find(path));
      return lastFd;
    },
    write,
    writeNow: write,
    sync() {},
    beginSync() {},
    close: (fd) => void open.delete(fd),
    list: (folder) =>
      [...files.keys()]
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1))
        .filter((name) => !name.includes('/')),
    read(path) {
      const { bytes, length } = find(path);
      return bytes.slice(0, length);
    },
    remove: (path) => void files.delete(path),
    rename(from, to) {
      files.set(to, find(from));
      files.delete(from);
    },
  };
}
