/** Errors of a disk that stores Earshot's own files. */
import { EarshotError, systemCode } from '../errors.ts';

/** Runs work on a file or folder of Earshot. @throws EarshotError `store_failed`, `store_full`, instead of the system's errors */
export function withDiskErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw diskError(path, cause);
  }
}

/** `hint` is for a path that cannot be used at all: which setting to check. */
export function diskError(path: string, cause: unknown, hint = 'Check --state.'): EarshotError {
  if (cause instanceof EarshotError) return cause;
  if (isDiskFull(cause))
    return new EarshotError('store_full', `The disk of ${path} is full`, 'Free some space on it.', { cause });
  return new EarshotError('store_failed', `${path} cannot be used: ${describeDiskError(cause)}`, hint, { cause });
}

export function isDiskFull(cause: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(systemCode(cause) ?? '');
}

const REASONS: Record<string, string> = {
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EEXIST: 'a file of this name exists',
  ENOTDIR: 'a part of its path is a file',
  ENOENT: 'nothing can be created there',
  EIO: 'the disk is damaged',
  ELOOP: 'its symbolic links form a loop',
  ENAMETOOLONG: 'its name is too long',
};

export function describeDiskError(cause: unknown): string {
  const code = systemCode(cause);
  return REASONS[code ?? ''] ?? code ?? String(cause);
}
