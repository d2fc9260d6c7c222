/**
 * The files of the build and their static imports.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

/** A file and all files that it imports statically. */
export function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const path of importsOf(file)) if (path.startsWith('./')) loadedWith(join(dirname(file), path), seen);
  return seen;
}

/** The packages that it imports statically. */
export function packagesLoadedWith(file: string): string[] {
  const paths = [...loadedWith(file)].flatMap(importsOf);
  return [...new Set(paths)].filter((path) => !path.startsWith('./') && !path.startsWith('node:')).sort();
}

function importsOf(file: string): string[] {
  const source = readFileSync(join(DIST, file), 'utf8');
  return [...source.matchAll(/(?:from|^import) ?"([^"\n]+)"/gm)].map(([, path = '']) => path);
}
