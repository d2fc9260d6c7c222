/**
 * The disk of the operating system: synchronous on the calling thread, or by libuv's thread pool, so that a slow disk does not block this
 * thread.
 */
import {
  close,
  closeSync,
  fsync,
  fsyncSync,
  open,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  write,
  writeSync,
} from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Disk } from './disk.ts';
import { openPrivateFolder } from './private-folder.ts';

export const inlineDisk = {
  openFolder: openPrivateFolder,
  open: openSync,
  write: writeAllSync,
  writeNow: writeAllSync,
  sync: fsyncSync,
  beginSync: (fd) => fsync(fd, () => {}),
  close: closeSync,
  list: (folder) => readdirSync(folder),
  read: (path) => readFileSync(path),
  remove: (path) => rmSync(path, { force: true }),
  rename: renameSync,
} satisfies Disk;

const pooled = { open: promisify(open), write: promisify(write), fsync: promisify(fsync), close: promisify(close) };

export const pooledDisk = {
  openFolder: openPrivateFolder,
  open: pooled.open,
  async write(fd, bytes, at) {
    for (let done = 0; done < bytes.length; )
      done += (await pooled.write(fd, bytes, done, bytes.length - done, at + done)).bytesWritten;
  },
  writeNow: writeAllSync,
  sync: pooled.fsync,
  beginSync: (fd) => new Promise((resolve) => fsync(fd, () => resolve())),
  close: pooled.close,
  list: (folder) => readdir(folder),
  read: (path) => readFile(path),
  remove: (path) => rm(path, { force: true }),
  rename,
} satisfies Disk;

/** Packets are written synchronously, which is cheapest when audio has its own thread; syncs run in the pool. */
export const inlineWriteDisk: Disk = { ...pooledDisk, write: inlineDisk.write };

function writeAllSync(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
}
