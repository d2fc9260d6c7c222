/**
 * What the launcher of a clone (bin/earshot) sets for Node: its options and the environment of its libraries. The launcher itself runs, with
 * a program in place of Node that prints both.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Launched {
  options: string[];
  env: Record<string, string>;
}

/** @param folder where it may write */
export function launchedBy(root: string, command: 'gateway' | 'run', folder: string): Launched {
  const stage = mkdtempSync(join(folder, 'launcher-'));
  for (const name of ['bin', 'dist', 'path']) mkdirSync(join(stage, name));
  copyFileSync(join(root, 'bin/earshot'), join(stage, 'bin/earshot'));
  writeFileSync(join(stage, 'dist/cli.js'), '');
  writeFileSync(join(stage, 'path/node'), '#!/bin/sh\nprintf "%s\\n" "$@" >&2\nenv >&2\n', { mode: 0o755 });
  // Without the filter, behind which the output would come later than the end.
  const env = { ...process.env, PATH: `${join(stage, 'path')}:${process.env.PATH}`, EARSHOT_NATIVE_LOG: '1' };
  const { stderr } = spawnSync('sh', [join(stage, 'bin/earshot'), command], { env, encoding: 'utf8' });
  if (!stderr.includes('cli.js')) throw new Error(`the launcher of ${root} did not start Node: ${stderr}`);
  const lines = stderr.split('\n');
  const set = lines.flatMap((line) => {
    const [, name = '', value = ''] = /^((?:MALLOC_|UV_|GLIBC_)\w+)=(.*)$/.exec(line) ?? [];
    return name === '' ? [] : [[name, value] as const];
  });
  return { options: lines.filter((line) => line.startsWith('--')), env: Object.fromEntries(set) };
}
