/** What a function leaves behind and fails later is told as its own, and ends no process. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test('a promise and a timer that fail later', async () => {
  // node:test takes every rejection for its own, so this is another process.
  const program = fileURLToPath(new URL('../support/run-fails-later.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program]);
  assert.deepEqual(stdout.trim().split('\n').sort(), [
    'runs:failsLater a promise or a timer of it failed: nobody waits',
    'runs:failsLater a promise or a timer of it failed: too late',
    'the result is "done", and a query answers "null"',
  ]);
});
