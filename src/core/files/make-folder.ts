import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '../errors.ts';

/**
 * Makes a folder and its parents if they do not exist. Not with Node's `recursive`: it never returns where no folder can be made (/proc),
 * and throws the wrong error on a read-only disk.
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
