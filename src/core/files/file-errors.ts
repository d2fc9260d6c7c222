/** Errors of files that the user has named: the reason, and what to do. */
import { EarshotError, systemCode } from '../errors.ts';

/** `kind`: what the file should be, like "WAV file". */
export function inputError(name: string, cause: unknown, kind = 'file'): EarshotError {
  const code = systemCode(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new EarshotError('file_not_found', `There is no file ${name}`, 'Check its name.', { cause });
  }
  const denied = code === 'EACCES' || code === 'EPERM';
  const reason = code === 'EISDIR' ? 'it is a directory' : denied ? 'permission denied' : String(code);
  return unreadable(name, reason, kind, cause);
}

export function unreadable(name: string, reason: string, kind = 'file', cause?: unknown): EarshotError {
  const hint = `Give a ${kind} that this user can read.`;
  return new EarshotError('file_unreadable', `${name} cannot be read: ${reason}`, hint, cause ? { cause } : undefined);
}

/** `output_closed` when the reader has gone: the command ends without an error message. */
export function outputError(name: string, cause: unknown): EarshotError {
  const code = systemCode(cause) ?? String(cause);
  if (code === 'EPIPE')
    return new EarshotError('output_closed', `There is no reader of ${name} any more`, '', { cause });
  const [reason, hint] = REASONS[code] ?? [code, 'Give another file name.'];
  return unwritable(name, reason, hint, cause);
}

export function unwritable(name: string, reason: string, hint: string, cause?: unknown): EarshotError {
  const message = `${name} cannot be written: ${reason}`;
  return new EarshotError('file_unwritable', message, hint, cause ? { cause } : undefined);
}

const REASONS: Record<string, [reason: string, hint: string]> = {
  ENOENT: ['its folder does not exist', 'Create the folder, or give another file name.'],
  ENOTDIR: ['its folder does not exist', 'Create the folder, or give another file name.'],
  EEXIST: ['it is not a folder', 'Give the name of a folder.'],
  EISDIR: ['it is a directory', 'Give the name of a file.'],
  EACCES: ['permission denied', 'Give a path that this user can write to.'],
  EPERM: ['permission denied', 'Give a path that this user can write to.'],
  EROFS: ['the file system is read-only', 'Give a path on a writable file system.'],
  ENOSPC: ['the disk is full', 'Free some space, or give a path on another disk.'],
  EDQUOT: ['the quota of this user is used up', 'Free some space, or give a path on another disk.'],
  EFBIG: ['it exceeds the maximum size of a file', 'Give a path on a file system for larger files.'],
  ELOOP: ['its symbolic links form a loop', 'Give another file name.'],
  ENAMETOOLONG: ['its name is too long', 'Give a shorter one.'],
  ENXIO: ['this pipe has no reader', 'Start its reader first, or give the name of a file.'],
  EBADF: ['it is closed', 'Do not close it, or give the name of a file.'],
};
