/** Queries and mutations of the function runtime: transactions, calls of other functions, errors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, NOBODY, openFunctions } from '../support/function-runtime.ts';
import { testClock } from '../support/simulated-clock.ts';

test('a mutation writes, a query reads, under every spelling of its name', async (t) => {
  const { query, mutation } = await openFunctions(t, { clock: testClock() });
  const id = await mutation('notes:add', { text: 'a', room: 'hall' });
  for (const path of ['notes:list', 'notes.js:list']) {
    const [note, ...others] = (await query(path, { room: 'hall' })) as { _id: string; text: string }[];
    assert.equal(note?._id, id);
    assert.equal(others.length, 0);
  }
});

test('a mutation that fails has written nothing, and its data reaches the client', async (t) => {
  const { query, mutation, runtime } = await openFunctions(t, { clock: testClock() });
  const outcome = await runtime.mutation('notes:addAndRefuse', { text: 'x' }, NOBODY);
  assert.deepEqual(outcome, {
    ok: false,
    message: '{"code":"refused","text":"x"}',
    data: { code: 'refused', text: 'x' },
  });
  assert.deepEqual(await query('notes:list'), []);
  await mutation('notes:add', { text: 'still works' });
});

test('mutations that a mutation calls are undone one by one, also when called at once', async (t) => {
  const { query, mutation } = await openFunctions(t, { clock: testClock() });
  assert.deepEqual(await mutation('notes:addAround'), {
    outcomes: ['written', 'refused', 'written', 'written', 'written', 'refused'],
    count: 4,
  });
  const texts = ((await query('notes:list')) as { text: string }[]).map(({ text }) => text);
  assert.deepEqual(texts.sort(), ['before', 'beside', 'meanwhile', 'nested']);
});

test('internal functions are for the admin key', async (t) => {
  const { query, runtime } = await openFunctions(t, { clock: testClock() });
  await assert.rejects(query('notes:count'), /^Error: Could not find public function for 'notes:count'\./);
  assert.equal(runtime.kindOf('notes:count', NOBODY), undefined);
  assert.equal(await query('notes:count', {}, ADMIN), 0);
  assert.equal(runtime.kindOf('notes.js:count', ADMIN), 'query');
});
