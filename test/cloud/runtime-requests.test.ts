/** Mutations that a client sends again, because it did not hear the answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOBODY, type OpenRuntime, openFunctions, temporaryFolder } from '../support/function-runtime.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const MINUTE_MS = 60_000;
const anna = { identity: { tokenIdentifier: 'i|anna', subject: 'anna', issuer: 'i' } };
const textsOf = async ({ query }: OpenRuntime) =>
  ((await query('notes:list')) as { text: string }[]).map(({ text }) => text);

test('the same request is carried out once, also over a restart', async (t) => {
  const folder = temporaryFolder(t);
  const clock = createVirtualClock();
  const first = await openFunctions(t, { clock, folder });
  const request = { session: 's', request: 0 };
  const outcome = await first.runtime.mutation('notes:add', { text: 'a' }, NOBODY, request);
  assert.ok(outcome.ok);
  assert.deepEqual(await first.runtime.mutation('notes.js:add', { text: 'a' }, NOBODY, request), outcome);
  first.close();
  const open = await openFunctions(t, { clock, folder });
  assert.deepEqual(await open.runtime.mutation('notes:add', { text: 'a' }, NOBODY, request), outcome);
  assert.deepEqual(await textsOf(open), ['a']);
});

test('another number, session, argument, function or caller is another request', async (t) => {
  const open = await openFunctions(t, { clock: createVirtualClock() });
  const { runtime } = open;
  await runtime.mutation('notes:add', { text: 'a' }, NOBODY, { session: 's', request: 0 });
  await runtime.mutation('notes:add', { text: 'b' }, NOBODY, { session: 's', request: 1 });
  await runtime.mutation('notes:add', { text: 'c' }, NOBODY, { session: 'u', request: 0 });
  await runtime.mutation('notes:add', { text: 'd' }, NOBODY, { session: 's', request: 0 });
  await runtime.mutation('notes:add', { text: 'd' }, anna, { session: 's', request: 0 });
  assert.deepEqual(await textsOf(open), ['a', 'b', 'c', 'd', 'd']);
});

test('what failed is carried out again', async (t) => {
  const open = await openFunctions(t, { clock: createVirtualClock() });
  const request = { session: 's', request: 0 };
  const failed = await open.runtime.mutation('notes:addAndRefuse', { text: 'a' }, NOBODY, request);
  assert.equal(failed.ok, false);
  assert.deepEqual(await open.runtime.mutation('notes:addAndRefuse', { text: 'a' }, NOBODY, request), failed);
});

test('outcomes are kept for a quarter of an hour', async (t) => {
  const clock = createVirtualClock();
  const open = await openFunctions(t, { clock });
  const add = (request: number) => open.runtime.mutation('notes:add', { text: 'a' }, NOBODY, { session: 's', request });
  await add(0);
  await clock.run(14 * MINUTE_MS);
  for (let i = 1; i <= 40; i++) await add(i);
  await add(0);
  assert.equal((await textsOf(open)).length, 41, 'it is known');
  await clock.run(2 * MINUTE_MS);
  for (let i = 41; i <= 80; i++) await add(i);
  await add(0);
  assert.equal((await textsOf(open)).length, 82, 'it is forgotten');
});
