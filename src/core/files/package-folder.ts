/**
 * The folder of this package: the nearest parent folder with a package.json. Source files and bundles lie at different depths.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function nearestPackage(folder: string): string {
  const parent = dirname(folder);
  return existsSync(join(folder, 'package.json')) || parent === folder ? folder : nearestPackage(parent);
}

export const PACKAGE_FOLDER = nearestPackage(dirname(fileURLToPath(import.meta.url)));
