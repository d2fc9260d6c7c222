/**
 * The hard limit on a way out: the process ends itself, and says so.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('never-ends.ts', import.meta.url));

function ending(exitCode: number): Promise<{ signal: NodeJS.Signals | null; stderr: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, String(exitCode)], {
    env: { ...process.env, EARSHOT_STDOUT: '', EARSHOT_STDERR: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once('close', (_, signal) => resolve({ signal, stderr })));
}

test('a process that something holds on to ends itself within its limit, and says what it is', {
  timeout: 60_000,
}, async () => {
  const { signal, stderr } = await ending(0);
  assert.equal(signal, 'SIGTERM');
  assert.match(stderr, /something still holds on to it.*it ends itself now/);
});

test('one that has failed is not taken for one that has not', { timeout: 60_000 }, async () => {
  assert.equal((await ending(3)).signal, 'SIGKILL');
});
