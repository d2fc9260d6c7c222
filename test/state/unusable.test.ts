/**
 * A state folder that cannot be used is reported in one line, at once, and ends the command.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { SHORT_SPEECH } from '../support/speech.ts';

/** Nothing listens there (discard). */
const NOBODY = 'ws://127.0.0.1:9';
const SPEECH = ['--input', SHORT_SPEECH, '--output', 'null'];

/** Those that write to the folder first. */
const COMMANDS: [name: string, args: string[]][] = [
  ['gateway', ['gateway', '--port', '0']],
  ['start', ['start', '--once', ...SPEECH]],
  ['run', ['run', '--once', '--gateway', NOBODY, ...SPEECH]],
  ['latency', ['latency', '--gateway', NOBODY, '--iterations', '1']],
  ['replay', ['replay']],
  ['turns', ['turns']],
  ['turns play', ['turns', 'play', '01890a5d-ac96-774b-bcce-b302099a8057']],
  ['pair', ['pair', 'list']],
  ['settings', ['settings', 'toy']],
  ['replies', ['replies', 'list']],
  ['memory', ['memory', 'show', 'toy']],
  ['dead-letters', ['dead-letters']],
];
const WRITERS = COMMANDS.slice(0, 3);

async function assertRefused(args: string[], state: string, says: RegExp): Promise<void> {
  const { code, stdout, stderr } = await earshot([...args, '--state', state]).ended;
  assert.equal(code, 1, `${args[0]} ended with ${code}\n${stderr}`);
  assert.match(stderr, says);
  assert.ok(stderr.includes(state), stderr);
  assert.doesNotMatch(stderr, /fault in Earshot|^\s+at /m);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
  assert.equal(stdout, '');
}

for (const [name, args] of COMMANDS) {
  test(`${name}: a state folder that is a file, or in one`, () =>
    inTemporaryFolder(async (folder) => {
      const file = join(folder, 'file');
      writeFileSync(file, 'mine');
      await assertRefused(args, join(file, 'state'), /a part of its path is a file/);
      await assertRefused(args, file, /is a file|a file of this name exists/);
      assert.equal(readFileSync(file, 'utf8'), 'mine');
    }));
}

for (const [name, args] of WRITERS) {
  test(`${name}: a state folder that cannot be created, and one on a read-only disk`, (t) =>
    inTemporaryFolder(async (folder) => {
      await assertRefused(args, '/proc/earshot', /nothing can be created there|no permission/);
      const fixed = join(folder, 'fixed');
      mkdirSync(fixed);
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro,mode=700', 'tmpfs', fixed]).status !== 0) {
        return t.diagnostic('mounting a read-only disk is not permitted here');
      }
      try {
        await assertRefused(args, fixed, /read-only/);
        await assertRefused(args, join(fixed, 'state'), /read-only/);
      } finally {
        spawnSync('umount', [fixed]);
      }
    }));

  test(`${name}: a state folder that this user may not write to`, (t) =>
    inTemporaryFolder(async (folder) => {
      if (process.geteuid?.() !== 0) return t.skip('only root can run as another user');
      chmodSync(folder, 0o755);
      const { code, stderr } = await earshot([...args, '--state', join(folder, 'state')], { uid: 12_345 }).ended;
      assert.equal(code, 1, stderr);
      assert.match(stderr, /cannot be used: no permission/);
    }));
}
