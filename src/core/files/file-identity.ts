/** The identity of the file of a path. The file need not exist yet. */
import { type BigIntStats, lstatSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { systemCode } from '../errors.ts';

/** Device and inode, so links do not matter. For a file that does not exist yet: the identity of its folder, and its name. */
export function identify(path: string): string | undefined {
  try {
    const status = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (status) return identity(status);
    const target = resolveLinks(resolve(path));
    return `${folderIdentity(dirname(target))}/${basename(target)}`;
  } catch (error) {
    // It cannot be examined, so reading or writing it will fail with a message.
    if (systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

/** Undefined for a pipe or a device. */
export function identity(status: BigIntStats | undefined): string | undefined {
  return status?.isFile() ? `${status.dev}:${status.ino}` : undefined;
}

/** For folders that do not exist yet: their names below the first that exists. */
function folderIdentity(folder: string): string {
  const status = statSync(folder, { bigint: true, throwIfNoEntry: false });
  if (status) return `${status.dev}:${status.ino}`;
  return join(folderIdentity(dirname(folder)), basename(folder));
}

/** The limit of Linux (path_resolution(7)). */
const MAX_LINKS = 40;

/** The target of a link that does not exist yet: writing creates it. */
export function resolveLinks(path: string): string {
  let target = path;
  for (let i = 0; i < MAX_LINKS; i++) {
    if (!lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink()) return target;
    target = resolve(dirname(target), readlinkSync(target));
  }
  return target;
}
