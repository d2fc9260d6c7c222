import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '../errors.ts';

/**
 * Makes a folder, with those above it; one that is there is fine. Not by Node's own `recursive`: that never ends where nothing can be
 * made (/proc), and tells the wrong reason on a read-only disk.
 *
 * @throws the system's error
 */
export function makeFolder(path: string, mode?: number): void {
  try {
    mkdirSync(path, mode);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT' && dirname(path) !== path) {
      makeFolder(dirname(path), mode);
      mkdirSync(path, mode);
    } else if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw cause;
  }
}
