/**
 * The time limit of a shutdown: the process ends itself, and prints a message.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inTemporaryFolder } from '../support/cli.ts';
import { runProgram } from '../support/run-program.ts';

const PROGRAM = fileURLToPath(new URL('never-ends.ts', import.meta.url));

const end = (...args: string[]) =>
  runProgram(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
    env: { ...process.env, EARSHOT_STDOUT: '', EARSHOT_STDERR: '' },
  });

test('a process that does not end by itself ends within its limit with its exit code, and prints the reason', {
  timeout: 60_000,
}, async () => {
  for (const exitCode of [0, 3]) {
    const { code, stderr } = await end(String(exitCode));
    assert.equal(code, exitCode);
    assert.match(stderr, /something keeps the process alive.*it ends now/);
  }
});

test(
  'a process with a blocked thread ends by a signal: a failure does not become a success',
  {
    timeout: 60_000,
  },
  () =>
    inTemporaryFolder(async (folder) => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      assert.equal((await end('0', pipe)).signal, 'SIGTERM');
      assert.equal((await end('3', pipe)).signal, 'SIGKILL');
    }),
);
