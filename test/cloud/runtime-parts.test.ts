/** Parts of the function runtime, alone: time limits, the log, the queue of actions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActionQueue } from '../../src/cloud/runtime/action-queue.ts';
import { startDeadline } from '../../src/cloud/runtime/deadline.ts';
import { createFunctionLog } from '../../src/cloud/runtime/function-log.ts';
import { type LogFields, silentLog } from '../../src/core/log/log.ts';
import { testClock } from '../support/simulated-clock.ts';

test('the time of a function and that of its system calls have their own limits', async () => {
  const clock = testClock();
  const ended: string[] = [];
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 50) await clock.pass(Math.min(50, left));
  };
  const start = (systemMs: number) =>
    startDeadline({ clock, userMs: 1_000, systemMs, onTimeout: ({ message }) => ended.push(message) });
  const [user, system, together] = [start(15_000), start(15_000), start(Number.POSITIVE_INFINITY)];
  user.pause();
  system.pause();
  together.pause();
  await pass(999);
  user.pause();
  assert.deepEqual(ended, []);
  await pass(1);
  assert.deepEqual(ended, ['Function execution timed out (maximum duration: 1s)'], 'where they count together');
  await pass(9_000);
  user.resume();
  await pass(4_000);
  user.resume();
  await pass(999);
  assert.equal(ended.length, 1);
  await pass(1);
  assert.deepEqual(ended.slice(1).sort(), [
    'Function execution timed out (maximum duration: 1s)',
    'Your request timed out performing too many system operations.',
  ]);
  const over = start(15_000);
  over.clear();
  await pass(60_000);
  assert.equal(ended.length, 3);
});

test('the log of functions is limited in length and in rate', async () => {
  const lines: string[] = [];
  const note = (message: string, fields?: LogFields) => void lines.push(fields?.output ?? message);
  const clock = testClock();
  const { write } = createFunctionLog({ ...silentLog, info: note }, clock);
  const execution = { name: 'a:b', kind: 'query' } as never;
  write('log', 'x'.repeat(100_000), execution);
  assert.equal(lines[0]?.length, 2_001);
  for (let i = 0; i < 1_000; i++) write('info', 'a line', execution);
  assert.equal(lines.length, 600);
  await clock.pass(60_000);
  assert.deepEqual(lines.slice(600), ['more lines of this kind were left out of the log']);
});

test('actions beyond those that may wait are refused, and those that wait when the cloud stops', async () => {
  const queue = createActionQueue(1, 1);
  let end = (): void => {};
  const first = queue.run(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  const second = queue.run(async () => 'second');
  await assert.rejects(
    queue.run(async () => {}),
    /^Error: Too many concurrent requests, backoff and try again\.$/,
  );
  end();
  await first;
  assert.equal(await second, 'second');
  assert.equal(await queue.run(async () => 'third'), 'third', 'a place is free again');
  const running = queue.run(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  const waiting = queue.run(async () => {});
  queue.close();
  await assert.rejects(waiting, /is being stopped/);
  end();
  await running;
});

test('an action that fails gives its place to the next', async () => {
  const queue = createActionQueue(1, 1);
  const first = queue.run(async () => {
    throw new Error('it fails');
  });
  const second = queue.run(async () => 'second');
  await assert.rejects(first);
  assert.equal(await second, 'second');
});
