/** Other versions of Node, from the npm packages `node-linux-ARCH`, which are Node itself with the headers for compilers. Kept beside the models. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { testModelsFolder } from '../support/models.ts';

const PACKAGE = `node-linux-${process.arch}`;

/** The newest of a major version. @returns a folder with `bin` and `include` */
export function nodeOfNpm(major: string): string {
  const version = newestOf(major);
  const folder = join(dirname(testModelsFolder), 'test-peers', `node-${version}`);
  if (!existsSync(folder)) fetchNode(version, folder);
  return folder;
}

function newestOf(major: string): string {
  const found: string | string[] = JSON.parse(npm('view', `${PACKAGE}@${major}`, 'version', '--json'));
  const versions = [found].flat().sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const newest = versions.at(-1);
  if (newest === undefined) throw new Error(`The registry has no Node ${major} for this machine`);
  return newest;
}

function fetchNode(version: string, folder: string): void {
  const part = `${folder}.${process.pid}`;
  mkdirSync(part, { recursive: true });
  try {
    const [{ filename }] = JSON.parse(npm('pack', `${PACKAGE}@${version}`, '--json', '--pack-destination', part));
    const tarball = join(part, filename);
    execFileSync('tar', ['-xzf', tarball, '-C', part, '--strip-components=1', 'package/bin', 'package/include']);
    rmSync(tarball);
    renameSync(part, folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

function npm(...args: string[]): string {
  return execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
