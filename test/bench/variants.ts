/** The programs that are compared: the device's build of this clone and of another one, and their options. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Variant {
  name: string;
  /** The device's build. */
  program: string;
  /** The developer's build: only it has `latency`. */
  cli: string;
  args: string[];
}

export const BASE = 'base';
const HERE = fileURLToPath(new URL('../../', import.meta.url));

/** @throws Error where a clone was not built. */
export function variantsOf(base: string | undefined): Variant[] {
  const mine = { program: program(HERE), cli: cli(HERE) };
  const ours: Variant[] = [
    { name: 'two threads', ...mine, args: [] },
    { name: 'one thread', ...mine, args: ['--threads', 'one'] },
  ];
  if (base === undefined) return ours;
  const folder = resolve(base);
  return [{ name: BASE, program: program(folder), cli: cli(folder), args: [] }, ...ours];
}

/** The commit of the comparison. */
export function commitOf(folder: string): string {
  return execFileSync('git', ['-C', folder, 'describe', '--always', '--dirty', '--abbrev=10'], {
    encoding: 'utf8',
  }).trim();
}

function program(folder: string): string {
  return built(join(folder, 'dist-device/earshot/bin/earshot'), folder);
}

function cli(folder: string): string {
  return built(join(folder, 'bin/earshot'), folder);
}

function built(file: string, folder: string): string {
  if (existsSync(file)) return file;
  throw new Error(`${file} is missing: run \`npm ci && npm run bundle\` in ${folder}`);
}
