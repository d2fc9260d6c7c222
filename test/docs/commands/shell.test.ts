import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { createShell } from '../../support/shell.ts';

test('what a command has left running is ended at the time limit, although its shell is over', {
  timeout: 30_000,
}, async () => {
  // It holds the output, and a program in the background of such a shell ignores an interrupt.
  const left = await createShell(tmpdir(), process.env).run('sleep 600 & echo left', 300);
  assert.deepEqual(left, { ok: false, output: 'left\n' });
});
