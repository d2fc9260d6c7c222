/** Folders that only their user can read (0700). */
import { chmodSync, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError } from '../errors.ts';
import { PRIVATE_FILE_MODE } from './disk.ts';
import { withDiskErrors } from './disk-errors.ts';
import { makeFolder } from './make-folder.ts';

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

export function isOpenToOthers({ mode }: Stats): boolean {
  return (mode & FOR_OTHERS) !== 0;
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
    if (entry.isFile()) chmodSync(join(path, entry.name), PRIVATE_FILE_MODE);
  }
}
