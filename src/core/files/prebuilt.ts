/**
 * Native libraries. The npm package has them compiled, in prebuilt/PLATFORM-ARCH (`npm run build:native`); where it has none that fits, and in a clone,
 * an installed package with its own build does the work.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';
import { PACKAGE_FOLDER } from './package-folder.ts';

const FOLDER = join(PACKAGE_FOLDER, 'prebuilt', `${process.platform}-${process.arch}`);

const require = createRequire(import.meta.url);

/** The path of a compiled library; undefined where the package has none for this machine. */
export function prebuiltFile(name: string, folder = FOLDER): string | undefined {
  const path = join(folder, name);
  return existsSync(path) ? path : undefined;
}

/**
 * @param file name of the compiled library
 * @param installed what to load without it: a package, or a file in one
 * @throws why it cannot be loaded: of the compiled one, unless there is another one as well
 */
export function loadAddon<Addon>(file: string, installed: string, folder = FOLDER): Addon {
  const path = prebuiltFile(file, folder);
  if (path === undefined) return require(installed) as Addon;
  try {
    return require(path) as Addon;
  } catch (cause) {
    // For instance for another C library than this machine has.
    return loadInstead(installed, cause);
  }
}

function loadInstead<Addon>(installed: string, failure: unknown): Addon {
  try {
    return require(installed) as Addon;
  } catch (cause) {
    throw systemCode(cause) === 'MODULE_NOT_FOUND' ? failure : cause;
  }
}
