/**
 * Access to the disk: at once, on the thread that asks, or by libuv's pool, so that a slow disk holds up nobody else on this thread. What
 * uses it is written once, in steps (steps.ts).
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

/** Rights of a file that only its user may read. */
export const PRIVATE_FILE_MODE = 0o600;

/** All of them throw, or reject with, the system's errors. */
export interface Disk {
  open(path: string, flags: 'r' | 'w' | 'wx', mode?: number): MaybePromise<number>;
  /** All of it, at this place of the file. */
  write(fd: number, bytes: Uint8Array, at: number): MaybePromise<void>;
  /** Done when the disk has it all. */
  sync(fd: number): MaybePromise<void>;
  /** Asks the disk for it; nobody on this thread waits. A disk that fails here fails again at the end, where it is reported. */
  beginSync(fd: number): MaybePromise<void>;
  close(fd: number): MaybePromise<void>;
  list(folder: string): MaybePromise<string[]>;
  read(path: string): MaybePromise<Uint8Array>;
  /** No error where there is none. */
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

/** A packet is written at once, which is cheapest where sound has another thread; for a sync nobody waits all the same. */
export const inlineWriteDisk: Disk = { ...pooledDisk, write: inlineDisk.write };
