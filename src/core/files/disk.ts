/**
 * Access to files, as far as stored turns need it: those of the operating system (node-disk.ts), or of a browser. Code that uses it is
 * written once, in steps (steps.ts).
 */
import type { MaybePromise } from './steps.ts';

/** Access rights of a file that only its owner may read. */
export const PRIVATE_FILE_MODE = 0o600;

/** All of them throw, or reject with, the system's errors. */
export interface Disk {
  /** Makes a folder that only its owner may read, if there is none. */
  openFolder(path: string): void;
  open(path: string, flags: 'r' | 'w' | 'wx', mode?: number): MaybePromise<number>;
  /** All of the bytes, at this position of the file. */
  write(fd: number, bytes: Uint8Array, at: number): MaybePromise<void>;
  /** The same, and all that was written before, without waiting for it where that is possible: the process may be about to end. */
  writeNow(fd: number, bytes: Uint8Array, at: number): void;
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
