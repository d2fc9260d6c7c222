/**
 * A command with --state needs no home folder; without both there is an error that says what is missing.
 */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { SHORT_SPEECH } from '../support/speech.ts';

const ONCE = ['start', '--once', '--input', SHORT_SPEECH, '--output', 'null'];

const HOMELESS: [name: string, env: NodeJS.ProcessEnv, uid?: number][] = [
  ['HOME is empty', { HOME: '' }],
  ['HOME is relative', { HOME: 'here' }],
  ['HOME is not set, and the user is unknown', { HOME: undefined }, 12_345],
];

for (const [name, env, uid] of HOMELESS) {
  test(`${name}: works with --state, and prints an error without it and without a home`, (t) =>
    inTemporaryFolder(async (folder) => {
      if (uid !== undefined && process.geteuid?.() !== 0) return t.skip('only root can run as another user');
      chmodSync(folder, 0o777);
      const run = (args: string[], settings: NodeJS.ProcessEnv = {}) =>
        earshot(args, {
          cwd: folder,
          env: { ...env, EARSHOT_STATE: undefined, XDG_STATE_HOME: undefined, ...settings },
          ...(uid !== undefined && { uid }),
        }).ended;
      const without = await run(['turns']);
      assert.equal(without.code, 2, without.stderr);
      assert.match(without.stderr, /no folder for data.*HOME.*--state/);
      assert.deepEqual(readdirSync(folder), []);

      const state = join(folder, 'state');
      const named = await run([...ONCE, '--state', state]);
      assert.equal(named.code, 0, named.stderr);
    }));
}

test('without a home: each way to name the folder, and the commands that need none', () =>
  inTemporaryFolder(async (folder) => {
    const run = (args: string[], settings: NodeJS.ProcessEnv = {}) =>
      earshot(args, {
        cwd: folder,
        env: { HOME: '', EARSHOT_STATE: undefined, XDG_STATE_HOME: undefined, ...settings },
      }).ended;
    const once = await run(ONCE);
    assert.equal(once.code, 2, once.stderr);
    assert.match(once.stderr, /no folder for data.*HOME.*--state/);
    assert.match((await run(['doctor', '--no-loopback', '--json'])).stdout, /HOME is not set/);
    // A command without state does not need the folder.
    assert.match((await run(['replay', SHORT_SPEECH])).stderr, /is no recording/);
    assert.equal((await run(['start', '--help'])).code, 0);
    assert.deepEqual(readdirSync(folder), []);

    assert.equal((await run(ONCE, { EARSHOT_STATE: join(folder, 'state') })).code, 0);
    assert.equal((await run(ONCE, { XDG_STATE_HOME: join(folder, 'xdg') })).code, 0);
    assert.ok(existsSync(join(folder, 'xdg', 'earshot')));
  }));
