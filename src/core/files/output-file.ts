/**
 * Writes a whole file that the command line names. It is written under another name and renamed, so the old file stays until the new one
 * is complete. A pipe, a device and standard output are written directly.
 */
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  openSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { EarshotError, systemCode } from '../errors.ts';
import { replaceFileSync } from './atomic-write.ts';
import { descriptorNamed, outputName, writeAll } from './descriptors.ts';
import { outputError, unwritable } from './file-errors.ts';
import { resolveLinks } from './file-identity.ts';
import { makeFolder } from './make-folder.ts';

/** Less what the umask takes. */
const NEW_FILE_MODE = 0o666;
/** What keeps a file from being replaced, and not from being written. */
const ONLY_IN_PLACE = ['EACCES', 'EPERM', 'EROFS', 'EBUSY'];

/** @throws EarshotError `file_unwritable`, `output_closed` */
export function writeOutput(path: string, content: Uint8Array | string): void {
  const bytes = Buffer.from(content as Uint8Array);
  try {
    const fd = descriptorNamed(path, 'output');
    if (fd !== undefined) return writeAll(fd, bytes);
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isFIFO())
      throw unwritable(path, 'it is a pipe', 'Redirect standard output into it: - instead of its name.');
    if (!status || status.isFile()) replace(path, status, bytes);
    else writeInPlace(path, bytes);
  } catch (error) {
    if (error instanceof EarshotError) throw error;
    throw outputError(outputName(path), error);
  }
}

/** Makes the folder for several files if it does not exist. @throws EarshotError `file_unwritable` */
export function makeOutputFolder(path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    throw outputError(path, error);
  }
}

function replace(path: string, old: Stats | undefined, bytes: Uint8Array): void {
  // A link stays a link: its target is replaced.
  const target = old ? realpathSync(path) : resolveLinks(resolve(path));
  if (old) accessSync(target, constants.W_OK);
  const beside = join(dirname(target), `.earshot-${process.pid}-${Date.now()}.part`);
  const onWritten = old && ((fd: number) => keepOwner(fd, old));
  try {
    replaceFileSync(target, bytes, {
      durable: 'content',
      mode: NEW_FILE_MODE,
      beside,
      ...(onWritten && { onWritten }),
    });
  } catch (error) {
    // The file may be writable although its folder is not, or be a mount point.
    if (old && ONLY_IN_PLACE.includes(systemCode(error) ?? '')) return writeInPlace(target, bytes);
    throw error;
  }
}

function keepOwner(fd: number, { uid, gid, mode }: Stats): void {
  if (process.getuid?.() === 0) fchownSync(fd, uid, gid);
  fchmodSync(fd, mode);
}

function writeInPlace(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'w');
  try {
    writeAll(fd, bytes);
  } finally {
    closeSync(fd);
  }
}
