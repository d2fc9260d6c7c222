import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { silentLog } from '../../../src/core/log/log.ts';
import { createThreadPool, type ThreadPool } from '../../../src/core/threads/thread-pool.ts';
import { eventually } from '../../support/eventually.ts';
import { testClock } from '../../support/simulated-clock.ts';
import type { FailingTask } from './failing-thread.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-threads-'));
const pools: ThreadPool<FailingTask, string>[] = [];
after(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  rmSync(folder, { recursive: true });
});

let flags = 0;
const flag = () => join(folder, `flag-${++flags}`);
const never = new AbortController().signal;

function poolOf({ maxThreads = 1, queueLimit = 2, isInterruptible = true } = {}) {
  const clock = testClock();
  const worker = new URL('./failing-thread.ts', import.meta.url);
  const pool = createThreadPool<FailingTask, string>({
    ...{ name: 'the work', worker, minThreads: 1, maxThreads, queueLimit, taskMs: 5_000, isInterruptible },
    ...{ clock, log: silentLog },
  });
  pools.push(pool);
  return { pool, clock };
}

describe('a pool of threads', () => {
  for (const how of ['exit', 'throw', 'hang'] as const) {
    test(`a task that fails once is done again: ${how}`, async () => {
      const { pool, clock } = poolOf();
      const path = flag();
      const result = pool.run({ how, flag: path }, never);
      await eventually(() => existsSync(path), 'the first attempt');
      if (how === 'hang') await clock.pass(5_000);
      assert.equal(await result, 'done');
      assert.equal(await pool.run({ how: 'never', flag: flag() }, never), 'done');
    });

    test(`a task that always fails has an error, and the next one works: ${how}`, async () => {
      const { pool, clock } = poolOf();
      const path = flag();
      const failed = assert.rejects(pool.run({ how, flag: path, isForever: true }, never), {
        code: how === 'hang' ? 'assistant_timeout' : 'assistant_failed',
      });
      await eventually(() => existsSync(path), 'the first attempt');
      if (how === 'hang') {
        await clock.pass(5_000);
        rmSync(path);
        await eventually(() => existsSync(path), 'the second attempt');
        await clock.pass(5_000);
      }
      await failed;
      assert.equal(await pool.run({ how: 'never', flag: flag() }, never), 'done');
    });
  }

  test('tasks wait in a queue with a limit', async () => {
    const { pool } = poolOf({ queueLimit: 2 });
    const first = Array.from({ length: 3 }, () => pool.run({ how: 'slow', flag: flag() }, never));
    await assert.rejects(pool.run({ how: 'slow', flag: flag() }, never), { code: 'assistant_busy' });
    assert.deepEqual(pool.queue(), { name: 'the work', depth: 2, limit: 2, sent: 4, dropped: 1 });
    assert.deepEqual(await Promise.all(first), ['done', 'done', 'done']);
    assert.equal(pool.queue().depth, 0);
    assert.equal(pool.threads(), 1);
  });

  test('an abort is at once: what waits is removed, what runs is finished by its thread', async () => {
    const { pool } = poolOf();
    const [running, waiting] = [new AbortController(), new AbortController()];
    const aborted = [running, waiting].map(({ signal }) =>
      assert.rejects(pool.run({ how: 'slow', flag: flag() }, signal), /no more/),
    );
    const next = pool.run({ how: 'never', flag: flag() }, never);
    assert.equal(pool.queue().depth, 2);
    for (const controller of [running, waiting]) controller.abort(new Error('no more'));
    await Promise.all(aborted);
    assert.equal(pool.queue().depth, 1, 'the thread is not free yet');
    assert.equal(await next, 'done');
  });

  test('there are as many threads as the load needs', async () => {
    const { pool } = poolOf({ maxThreads: 3, queueLimit: 10 });
    assert.equal(pool.threads(), 0);
    await pool.run({ how: 'never', flag: flag() }, never);
    assert.equal(pool.threads(), 1);
    await Promise.all(Array.from({ length: 6 }, () => pool.run({ how: 'slow', flag: flag() }, never)));
    assert.equal(pool.threads(), 3);
  });

  describe('whose tasks may not be interrupted', () => {
    const began = (path: string) => eventually(() => existsSync(path), 'the task');
    const letEnd = (path: string) => writeFileSync(`${path}.go`, '');

    test('a late task fails at its limit, its thread goes on, and the next task has another one', async () => {
      const { pool, clock } = poolOf({ isInterruptible: false });
      const path = flag();
      const late = assert.rejects(pool.run({ how: 'late', flag: path }, never), { code: 'assistant_timeout' });
      await began(path);
      await clock.pass(5_000);
      await late;
      assert.equal(await pool.run({ how: 'never', flag: flag() }, never), 'done');
      letEnd(path);
      await eventually(() => existsSync(`${path}.done`), 'the end of the late task');
    });

    test('with two that do not end, no more are begun until one has ended', async () => {
      const { pool, clock } = poolOf({ isInterruptible: false });
      const paths = [flag(), flag()];
      for (const path of paths) {
        const late = assert.rejects(pool.run({ how: 'late', flag: path }, never), { code: 'assistant_timeout' });
        await began(path);
        await clock.pass(5_000);
        await late;
      }
      await assert.rejects(pool.run({ how: 'never', flag: flag() }, never), { code: 'assistant_busy' });
      for (const path of paths) letEnd(path);
      const isDone = () => pool.run({ how: 'never', flag: flag() }, never).catch(() => undefined);
      await eventually(async () => (await isDone()) === 'done', 'a thread');
    });

    test('a close waits until they are finished', async () => {
      const { pool } = poolOf({ isInterruptible: false });
      const path = flag();
      const result = pool.run({ how: 'late', flag: path }, never);
      await began(path);
      const closed = pool.close();
      letEnd(path);
      assert.equal(await result, 'done');
      await closed;
    });
  });

  test('a close ends what runs and what waits', async () => {
    const { pool } = poolOf();
    const ended = [1, 2].map(() =>
      assert.rejects(pool.run({ how: 'hang', flag: flag() }, never), { code: 'assistant_failed' }),
    );
    await pool.close();
    await Promise.all(ended);
    await assert.rejects(pool.run({ how: 'never', flag: flag() }, never), { code: 'assistant_failed' });
  });
});
