/**
 * Files and folders that only their user can read (0600, 0700): recordings, tokens, addresses with keys. All files that outlive a process
 * are made here.
 */
import { chmodSync, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError, systemCode } from '../errors.ts';
import { type AtomicWriteOptions, replaceFileSync } from './atomic-write.ts';
import { PRIVATE_FILE_MODE } from './disk.ts';
import { makeFolder } from './make-folder.ts';

export const PRIVATE_FILE = { mode: PRIVATE_FILE_MODE } as const;
const PRIVATE_FOLDER_MODE = 0o700;
const FOR_OTHERS = 0o077;

/**
 * Makes a folder and its parents. An existing folder and its files are closed to other users.
 *
 * @throws EarshotError `store_failed` (it belongs to another user, is a file, …), `store_full`
 */
export function openPrivateFolder(path: string): void {
  withDiskErrors(path, () => {
    makeFolder(path, PRIVATE_FOLDER_MODE);
    const status = statSync(path);
    // In a folder that all users may write to, a link may belong to another user and point anywhere.
    for (const { uid } of [lstatSync(path), status]) refuseForeign(path, uid);
    if (isOpenToOthers(status)) close(path);
  });
}

/**
 * Replaces a file atomically (atomic-write.ts).
 *
 * @throws EarshotError `store_failed`, `store_full`
 */
export function replacePrivateFile(
  path: string,
  content: string | Uint8Array,
  durable: AtomicWriteOptions['durable'] = 'nothing',
): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  withDiskErrors(path, () => replaceFileSync(path, bytes, { durable }));
}

export function isOpenToOthers({ mode }: Stats): boolean {
  return (mode & FOR_OTHERS) !== 0;
}

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

function refuseForeign(path: string, owner: number): void {
  const user = process.geteuid?.();
  if (user === undefined || owner === user) return;
  throw new EarshotError(
    'store_failed',
    `${path} belongs to another user (${owner}; this one is ${user})`,
    'Run Earshot as that user, or give another folder with --state.',
  );
}

function close(path: string): void {
  chmodSync(path, PRIVATE_FOLDER_MODE);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isFile()) chmodSync(join(path, entry.name), PRIVATE_FILE.mode);
  }
}
