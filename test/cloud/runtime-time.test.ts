/** Functions and time: what they see of it, how long they may take, and that one that hangs holds up no other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSONValue } from 'convex/values';
import { systemClock } from '../../src/core/time/clock.ts';
import { NOBODY, openFunctions } from '../support/function-runtime.ts';
import { gates } from '../support/functions/runs.ts';
import { ready, WALL_START_MS } from '../support/simulated-clock.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

test('in a query time stands still, in an action it passes', async (t) => {
  const clock = createVirtualClock();
  const { query, action } = await openFunctions(t, { clock });
  let leave = (): void => {};
  gates.leave = () =>
    new Promise((resolve) => {
      leave = resolve;
    });
  /** Half a second passes at each gate. */
  async function slowly(call: Promise<JSONValue>, gatesOnTheWay: number): Promise<JSONValue> {
    for (let i = 0; i < gatesOnTheWay; i++) {
      await ready();
      await clock.run(SECOND_MS / 2);
      leave();
    }
    return await call;
  }
  assert.deepEqual(await slowly(query('runs:now'), 1), {
    first: WALL_START_MS,
    second: WALL_START_MS,
    written: new Date(WALL_START_MS).toISOString(),
    dates: true,
  });
  const startMs = WALL_START_MS + SECOND_MS / 2;
  assert.deepEqual(await slowly(action('runs:nowInAction'), 2), {
    first: startMs,
    second: startMs + SECOND_MS / 2,
    query: startMs + SECOND_MS / 2,
  });
  assert.ok(
    Math.abs(Date.now() - performance.timeOrigin - performance.now()) < MINUTE_MS,
    'outside it is the real time',
  );
});

test("functions see the system's clock", async (t) => {
  const { query, action } = await openFunctions(t, { clock: systemClock });
  gates.leave = async () => {};
  const beforeMs = Date.now();
  const { first } = (await query('runs:now')) as { first: number };
  const { second } = (await action('runs:nowInAction')) as { second: number };
  assert.ok(beforeMs <= first && first <= second && second <= Date.now(), `${beforeMs} ${first} ${second}`);
});

test('queries and mutations have no network and no timers', async (t) => {
  const { query, mutation, action } = await openFunctions(t, { clock: createVirtualClock() });
  await assert.rejects(query('runs:fetching'), /^Error: Can't use fetch\(\) in queries and mutations\./);
  await assert.rejects(mutation('runs:waiting'), /^Error: Can't use setTimeout in queries and mutations\./);
  assert.equal(await action('runs:waitingInAction'), 'waited');
});

test('one that hangs ends after a second, and holds up no other', async (t) => {
  const clock = createVirtualClock();
  const { query, mutation, runtime } = await openFunctions(t, { clock });
  let leave = (): void => {};
  gates.entered = () => {};
  gates.leave = () =>
    new Promise((resolve) => {
      leave = resolve;
    });
  for (const path of ['runs:hangingMutation', 'runs:hangingInside']) {
    const hanging = runtime.mutation(path, {}, NOBODY);
    const behind = mutation('notes:add', { text: path });
    await clock.run(SECOND_MS - 1);
    await clock.run(1);
    assert.deepEqual(await hanging, { ok: false, message: 'Function execution timed out (maximum duration: 1s)' });
    await behind;
    leave();
    await ready();
  }
  const { outcome } = await during(clock, SECOND_MS, runtime.query('runs:hangingQuery', {}, NOBODY));
  assert.deepEqual(outcome, { ok: false, message: 'Function execution timed out (maximum duration: 1s)' });
  const texts = ((await query('notes:list')) as { text: string }[]).map(({ text }) => text);
  assert.deepEqual(
    texts,
    ['runs:hangingMutation', 'runs:hangingInside'],
    'what hung has written nothing, before and after',
  );
});

test('an action ends after ten minutes', async (t) => {
  const clock = createVirtualClock();
  const { runtime } = await openFunctions(t, { clock });
  let outcome: unknown;
  void runtime.action('runs:hangingAction', {}, NOBODY).then((ended) => {
    outcome = ended;
  });
  await clock.run(10 * MINUTE_MS - 1);
  assert.equal(outcome, undefined);
  await clock.run(1);
  await ready();
  assert.deepEqual(outcome, { ok: false, message: 'Function execution timed out (maximum duration: 600s)' });
});

test('a mutation ends with what it called and did not wait for', async (t) => {
  const { query, mutation } = await openFunctions(t, { clock: createVirtualClock() });
  assert.equal(await mutation('runs:careless'), 'done');
  assert.equal(((await query('notes:list')) as JSONValue[]).length, 2);
});

test('64 actions run at once, others wait', async (t) => {
  const { action } = await openFunctions(t, { clock: createVirtualClock() });
  const entered: string[] = [];
  const leave = new Map<string, () => void>();
  gates.entered = (name) => entered.push(name);
  gates.leave = (name) => new Promise((resolve) => leave.set(name, resolve));
  const calls = Array.from({ length: 70 }, (_, i) => action('runs:gatedPublic', { name: `${i}` }));
  await ready();
  assert.equal(entered.length, 64);
  leave.get('3')?.();
  await ready();
  assert.deepEqual(entered.slice(64), ['64']);
  while (leave.size < 70) {
    for (const go of leave.values()) go();
    await ready();
  }
  for (const go of leave.values()) go();
  await Promise.all(calls);
});

test('actions that call actions do not wait for each other', async (t) => {
  const { action } = await openFunctions(t, { clock: createVirtualClock() });
  const results = await Promise.all(Array.from({ length: 64 }, () => action('runs:outer')));
  assert.deepEqual(new Set(results), new Set(['waited']));
});

async function during<T>(clock: { run(ms: number): Promise<void> }, ms: number, work: Promise<T>): Promise<T> {
  await clock.run(ms);
  return await work;
}
