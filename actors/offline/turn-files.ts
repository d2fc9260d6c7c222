/**
 * How the store of turns comes to its files: at once, on the thread that asks, or by libuv's pool, so that a disk that takes its time holds
 * up nobody else on this thread.
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
import { PRIVATE_FILE } from '../../src/core/files/private-files.ts';
import type { Later } from './later.ts';

/** All of them throw, or reject with, the system's errors. */
export interface TurnFiles {
  /** A new file. */
  create(path: string): Later<number>;
  /** All of it, at this place of the file. */
  write(fd: number, bytes: Uint8Array, at: number): Later<void>;
  /** Done when the disk has it all. */
  sync(fd: number): Later<void>;
  /** Asks the disk for it; nobody on this thread waits. A disk that fails here fails again at the end, where it is said. */
  beginSync(fd: number): Later<void>;
  close(fd: number): Later<void>;
  list(folder: string): Later<string[]>;
  read(path: string): Later<Uint8Array>;
  /** No error where there is none. */
  remove(path: string): Later<void>;
  rename(from: string, to: string): Later<void>;
}

export const inlineFiles = {
  create: (path) => openSync(path, 'wx', PRIVATE_FILE.mode),
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
} satisfies TurnFiles;

const pooled = { open: promisify(open), write: promisify(write), fsync: promisify(fsync), close: promisify(close) };

export const pooledFiles = {
  create: (path) => pooled.open(path, 'wx', PRIVATE_FILE.mode),
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
} satisfies TurnFiles;

/** A packet is written at once, which is the cheapest where sound has another thread; for the disk's word nobody waits all the same. */
export const writingInline: TurnFiles = { ...pooledFiles, write: inlineFiles.write };
