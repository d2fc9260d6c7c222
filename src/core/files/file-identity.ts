/** Which file a path means, whatever it is called and whether or not it is there yet. */
import { type BigIntStats, lstatSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { systemCode } from '../errors.ts';

/** By device and inode, so that links make no difference; what is not there yet by its folder and its name in it. */
export function identify(path: string): string | undefined {
  try {
    const status = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (status) return identity(status);
    const target = resolveLinks(resolve(path));
    return `${folderIdentity(dirname(target))}/${basename(target)}`;
  } catch (error) {
    // It can't be looked at, so neither read nor written: that is said when it is tried.
    if (systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

/** Undefined for what holds nothing: a pipe, a device. */
export function identity(status: BigIntStats | undefined): string | undefined {
  return status?.isFile() ? `${status.dev}:${status.ino}` : undefined;
}

/** Folders that are not there yet go by their names below the first that is. */
function folderIdentity(folder: string): string {
  const status = statSync(folder, { bigint: true, throwIfNoEntry: false });
  if (status) return `${status.dev}:${status.ino}`;
  return join(folderIdentity(dirname(folder)), basename(folder));
}

/** As many as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40;

/** Where a link leads whose target is not there yet: writing makes it. */
export function resolveLinks(path: string): string {
  let target = path;
  for (let i = 0; i < MAX_LINKS; i++) {
    if (!lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink()) return target;
    target = resolve(dirname(target), readlinkSync(target));
  }
  return target;
}
