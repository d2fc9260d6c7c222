/**
 * The folder of this package: the nearest one above this file that has a package.json. Source and bundles are at different depths.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function nearestPackage(folder: string): string {
  const parent = dirname(folder);
  return existsSync(join(folder, 'package.json')) || parent === folder ? folder : nearestPackage(parent);
}

export const PACKAGE_FOLDER = nearestPackage(dirname(fileURLToPath(import.meta.url)));
