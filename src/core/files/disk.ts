/**
 * Access to the disk: synchronous on the calling thread, or by libuv's thread pool, so that a slow disk does not block
 * this thread. Code that uses it is written once, in steps (steps.ts).
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
import type { MaybePromise } from './steps.ts';

/** Access rights of a file that only its owner may read. */
export const PRIVATE_FILE_MODE = 0o600;

/** All of them throw, or reject with, the system's errors. */
export interface Disk {
  open(path: string, flags: 'r' | 'w' | 'wx', mode?: number): MaybePromise<number>;
  /** All of the bytes, at this position of the file. */
  write(fd: number, bytes: Uint8Array, at: number): MaybePromise<void>;
  /** Resolves when all of it is on the disk. */
  sync(fd: number): MaybePromise<void>;
  /** Starts a sync without waiting for it. A disk that fails here fails again at the close, where it is reported. */
  beginSync(fd: number): MaybePromise<void>;
  close(fd: number): MaybePromise<void>;
  list(folder: string): MaybePromise<string[]>;
  read(path: string): MaybePromise<Uint8Array>;
  /** No error when it does not exist. */
  remove(path: string): MaybePromise<void>;
  rename(from: string, to: string): MaybePromise<void>;
}

export const inlineDisk = {
  open: openSync,
  write(fd, bytes, at) {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  },
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
  open: pooled.open,
  async write(fd, bytes, at) {
    for (let done = 0; done < bytes.length; )
      done += (await pooled.write(fd, bytes, done, bytes.length - done, at + done)).bytesWritten;
  },
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
