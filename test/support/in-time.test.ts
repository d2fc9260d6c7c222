import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { after, test } from 'node:test';
import { exitOf, inTime, once } from './in-time.ts';

const never = new Promise<never>(() => {});
// Nothing else keeps this process.
const keeping = setInterval(() => {}, 1_000);
after(() => clearInterval(keeping));

test('a wait for what does not come ends at its limit, and says what did not come', async () => {
  await assert.rejects(inTime(never, 'the answer', 10), { message: 'it did not come within 0.01 s: the answer' });
  let received = 'nothing';
  const wait = inTime(never, () => `the answer; received ${received}`, 10);
  received = 'a question';
  await assert.rejects(wait, { message: 'it did not come within 0.01 s: the answer; received a question' });
});

test('what comes in time is passed on, also an error', async () => {
  assert.equal(await inTime(Promise.resolve(3), 'a number'), 3);
  await assert.rejects(inTime(Promise.reject(new Error('refused')), 'a number'), { message: 'refused' });
  const emitter = new EventEmitter();
  const told = once(emitter, 'told');
  emitter.emit('told', 1, 2);
  assert.deepEqual(await told, [1, 2]);
});

test('the end of a process is told while it runs, and after it', async () => {
  const child = spawn('sh', ['-c', 'exit 3'], { stdio: 'ignore' });
  assert.deepEqual(await exitOf(child), { code: 3, signal: null });
  assert.deepEqual(await exitOf(child), { code: 3, signal: null });
});
