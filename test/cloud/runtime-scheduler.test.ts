/** Scheduled functions: when they run, how often, their states, and what a restart leaves of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSONValue } from 'convex/values';
import { systemClock } from '../../src/core/time/clock.ts';
import { eventually } from '../support/eventually.ts';
import { type OpenRuntime, openFunctions, temporaryFolder } from '../support/function-runtime.ts';
import { gates } from '../support/functions/runs.ts';
import { ready, WALL_START_MS } from '../support/simulated-clock.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

const textsOf = async ({ query }: OpenRuntime) =>
  ((await query('notes:list')) as { text: string }[]).map(({ text }) => text);

test('a scheduled mutation runs once, when it is due', async (t) => {
  const clock = createVirtualClock();
  const open = await openFunctions(t, { clock });
  open.runtime.start();
  const id = await open.mutation('jobs:later', { delayMs: 5_000, name: 'a' });
  assert.deepEqual(withoutTime(await open.query('jobs:get', { id })), {
    _id: id,
    name: 'runs.js:tick',
    args: [{ name: 'a' }],
    scheduledTime: WALL_START_MS + 5_000,
    state: { kind: 'pending' },
  });
  await clock.run(4_999);
  assert.deepEqual(await textsOf(open), []);
  await clock.run(1);
  assert.deepEqual(await textsOf(open), [`a at ${WALL_START_MS + 5_000}`]);
  const row = (await open.query('jobs:get', { id })) as Record<string, JSONValue>;
  assert.deepEqual([row.state, row.completedTime], [{ kind: 'success' }, WALL_START_MS + 5_000]);
  await clock.run(DAY_MS);
  assert.equal((await textsOf(open)).length, 1);
});

test('an earlier one is not held up by a later one, and what is due together runs in order', async (t) => {
  const clock = createVirtualClock();
  const open = await openFunctions(t, { clock });
  open.runtime.start();
  await open.mutation('jobs:later', { delayMs: 60_000, name: 'late' });
  await open.mutation('jobs:later', { delayMs: 1_000, name: 'early' });
  await clock.run(0);
  await clock.run(1_000);
  assert.deepEqual(await textsOf(open), [`early at ${WALL_START_MS + 1_000}`]);
  await open.mutation('jobs:many', { count: 40 });
  // A few at a time, and others are served between them.
  while ((await textsOf(open)).length < 41) await clock.run(0);
  assert.deepEqual(
    (await textsOf(open)).slice(1),
    Array.from({ length: 40 }, (_, i) => `${i} at ${WALL_START_MS + 1_000}`),
  );
});

test('functions that schedule each other do not hold up everything else', async (t) => {
  const open = await openFunctions(t, { clock: systemClock });
  open.runtime.start();
  let turns = 0;
  const count = () => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  t.after(() => clearImmediate(next));
  await open.mutation('jobs:chain', { count: 50 });
  await eventually(async () => (await textsOf(open)).length === 50, '50 functions have run');
  assert.ok(turns > 25, `${turns} turns of the event loop`);
});

test('it runs in the transaction that ends it, as nobody, and sees itself in progress', async (t) => {
  const clock = createVirtualClock();
  const open = await openFunctions(t, { clock });
  open.runtime.start();
  const caller = { identity: { tokenIdentifier: 'i|anna', subject: 'anna', issuer: 'i' } };
  await open.mutation('jobs:laterInside', {}, caller);
  await clock.run(0);
  assert.deepEqual(await textsOf(open), ['["inProgress",null,true]']);
});

test('one that fails has written nothing and says why; one whose mutation fails is not scheduled', async (t) => {
  const clock = createVirtualClock();
  const open = await openFunctions(t, { clock });
  open.runtime.start();
  const id = await open.mutation('jobs:laterFailing');
  await assert.rejects(open.mutation('jobs:refused'));
  await clock.run(DAY_MS);
  assert.deepEqual(await textsOf(open), []);
  const { state } = (await open.query('jobs:get', { id })) as { state: JSONValue };
  assert.deepEqual(state, { kind: 'failed', error: '{"code":"refused","text":"undone"}' });
  assert.equal(((await open.query('jobs:states')) as JSONValue[]).length, 1);
});

test('one that goes beyond a limit has failed, too', async (t) => {
  const open = await openFunctions(t, { clock: createVirtualClock() });
  open.runtime.start();
  for (const [name, error] of [
    ['tooMuch', /^Too many writes in a single function execution \(limit: 16000\)$/],
    ['loud', /^x{8192}$/],
  ] as const) {
    const id = await open.mutation('jobs:laterBad', { name });
    await ready();
    const { state } = (await open.query('jobs:get', { id })) as { state: { kind: string; error: string } };
    assert.equal(state.kind, 'failed');
    assert.match(state.error, error);
  }
});

test('pending ones run after a restart, and results of seven days are removed', async (t) => {
  const folder = temporaryFolder(t);
  const clock = createVirtualClock();
  const before = await openFunctions(t, { clock, folder });
  before.runtime.start();
  await before.mutation('jobs:later', { delayMs: 1_000, name: 'due meanwhile' });
  await before.mutation('jobs:later', { delayMs: 3_600_000, name: 'due later' });
  before.close();
  await clock.run(60_000);
  const open = await openFunctions(t, { clock, folder });
  open.runtime.start();
  await ready();
  assert.deepEqual(await textsOf(open), [`due meanwhile at ${WALL_START_MS + 60_000}`]);
  await clock.run(3_600_000);
  assert.equal((await textsOf(open)).length, 2);
  await clock.run(7 * DAY_MS - 3 * 3_600_000);
  assert.deepEqual(await open.query('jobs:states'), [
    ['runs.js:tick', 'success'],
    ['runs.js:tick', 'success'],
  ]);
  await clock.run(4 * 3_600_000);
  assert.deepEqual(await open.query('jobs:states'), []);
});

test('an action runs at most once: one that a restart interrupts has failed', async (t) => {
  const folder = temporaryFolder(t);
  const clock = createVirtualClock();
  const entered: string[] = [];
  const leave = new Map<string, () => void>();
  gates.entered = (name) => entered.push(name);
  gates.leave = (name) => new Promise((resolve) => leave.set(name, resolve));
  const before = await openFunctions(t, { clock, folder });
  before.runtime.start();
  const interrupted = await before.mutation('jobs:laterAction', { name: 'interrupted' });
  const finished = await before.mutation('jobs:laterAction', { name: 'finished' });
  await clock.run(0);
  leave.get('finished')?.();
  await clock.run(0);
  before.close();
  const open = await openFunctions(t, { clock, folder });
  open.runtime.start();
  await clock.run(60_000);
  assert.deepEqual(entered, ['interrupted', 'finished']);
  const stateOf = async (id: JSONValue) => ((await open.query('jobs:get', { id })) as { state: JSONValue }).state;
  assert.deepEqual(await stateOf(interrupted), { kind: 'failed', error: 'Transient error while executing action' });
  assert.deepEqual(await stateOf(finished), { kind: 'success' });
  assert.deepEqual(await textsOf(open), ['finished', 'after finished']);
});

test('a canceled function does not run, and one in progress has no consequences', async (t) => {
  const clock = createVirtualClock();
  const leave = new Map<string, () => void>();
  gates.entered = () => {};
  gates.leave = (name) => new Promise((resolve) => leave.set(name, resolve));
  const open = await openFunctions(t, { clock });
  open.runtime.start();
  const pending = await open.mutation('jobs:later', { delayMs: 1_000, name: 'canceled' });
  await open.mutation('jobs:cancel', { id: pending });
  const inProgress = await open.mutation('jobs:laterAction', { name: 'in progress' });
  await clock.run(0);
  await open.mutation('jobs:cancel', { id: inProgress });
  leave.get('in progress')?.();
  await clock.run(5_000);
  assert.deepEqual(await textsOf(open), ['in progress'], 'it goes on, and what it schedules does not run');
  assert.deepEqual(await open.query('jobs:states'), [
    ['runs.js:tick', 'canceled'],
    ['runs.js:gated', 'canceled'],
    ['notes.js:addHidden', 'canceled'],
  ]);
});

test('one that another cancels at the same time does not run', async (t) => {
  const clock = createVirtualClock();
  gates.leave = async () => {};
  const open = await openFunctions(t, { clock });
  await open.mutation('jobs:canceledInTime', { kind: 'mutation' });
  await open.mutation('jobs:canceledInTime', { kind: 'action' });
  await clock.run(SECOND_MS);
  open.runtime.start();
  await ready();
  assert.deepEqual(await textsOf(open), []);
  assert.deepEqual(((await open.query('jobs:states')) as string[][]).map(([, state]) => state).sort(), [
    'canceled',
    'canceled',
    'success',
    'success',
  ]);
});

test('a mutation cannot cancel itself; what is over stays as it is', async (t) => {
  const open = await openFunctions(t, { clock: createVirtualClock() });
  open.runtime.start();
  const id = await open.mutation('jobs:laterCancelsItself');
  await ready();
  const stateOf = async () => ((await open.query('jobs:get', { id })) as { state: JSONValue }).state;
  const failed = { kind: 'failed', error: 'A mutation cannot cancel itself' };
  assert.deepEqual(await stateOf(), failed);
  await open.mutation('jobs:cancel', { id });
  assert.deepEqual(await stateOf(), failed);
});

test('8 run at once', async (t) => {
  const clock = createVirtualClock();
  const entered: string[] = [];
  const leave = new Map<string, () => void>();
  gates.entered = (name) => entered.push(name);
  gates.leave = (name) => new Promise((resolve) => leave.set(name, resolve));
  const open = await openFunctions(t, { clock });
  open.runtime.start();
  for (let i = 0; i < 20; i++) await open.mutation('jobs:laterAction', { name: `${i}` });
  await clock.run(SECOND_MS);
  assert.equal(entered.length, 8);
  leave.get('0')?.();
  leave.get('1')?.();
  await clock.run(SECOND_MS);
  assert.equal(entered.length, 10);
});

test('a wall clock that is set later does not hold up what is due', async (t) => {
  const clock = createVirtualClock();
  const open = await openFunctions(t, { clock });
  open.runtime.start();
  await open.mutation('jobs:later', { delayMs: DAY_MS, name: 'a' });
  await clock.run(0);
  clock.setWallClock(WALL_START_MS + 2 * DAY_MS);
  await clock.run(60_000);
  assert.equal((await textsOf(open)).length, 1);
});

test('actions schedule, too; what cannot be scheduled is refused', async (t) => {
  const clock = createVirtualClock();
  const open = await openFunctions(t, { clock });
  open.runtime.start();
  await open.action('jobs:fromAction');
  await clock.run(0);
  assert.deepEqual(await textsOf(open), [`from an action at ${WALL_START_MS}`]);
  await assert.rejects(open.mutation('jobs:bad', { how: 'a query' }), /Only mutations and actions can be scheduled/);
  await assert.rejects(
    open.mutation('jobs:bad', { how: 'nothing' }),
    /no exported function nothing found in the file: notes\.js/,
  );
  await assert.rejects(open.mutation('jobs:bad', { how: 'in six years' }), /more than 5 years in the future/);
  await assert.rejects(
    open.mutation('jobs:many', { count: 1_001 }),
    /Too many functions scheduled by this mutation \(limit: 1000\)/,
  );
  await assert.rejects(
    open.mutation('jobs:long', { count: 17 }),
    /Too large total size of the arguments of scheduled functions from this mutation/,
  );
});

function withoutTime(row: JSONValue): object {
  const { _creationTime, ...rest } = row as Record<string, JSONValue>;
  assert.equal(typeof _creationTime, 'number');
  return rest;
}
