/** What goes into and comes out of functions: validators, limits, errors, identity, the log. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate } from 'node:timers';
import type { JSONValue } from 'convex/values';
import { silentLog } from '../../src/core/log/log.ts';
import { NOBODY, openFunctions } from '../support/function-runtime.ts';
import { gates } from '../support/functions/runs.ts';
import { testClock } from '../support/simulated-clock.ts';

const nested = (levels: number): JSONValue => (levels === 0 ? 'x' : [nested(levels - 1)]);

test('what is refused, in the words of Convex', async (t) => {
  const { query, mutation, action } = await openFunctions(t, { clock: testClock() });
  const cases: [name: string, call: () => Promise<unknown>, message: RegExp][] = [
    [
      'no such function',
      () => query('notes:none'),
      /^Could not find public function for 'notes:none'\. Did you forget to run `npx convex dev`/,
    ],
    [
      'another kind',
      () => mutation('notes:list'),
      /^Trying to execute notes\.js:list as Mutation, but it is defined as Query\.$/,
    ],
    [
      'a missing argument',
      () => mutation('notes:add', {}),
      /^ArgumentValidationError: Object is missing the required field `text`\./,
    ],
    [
      'an argument that is unknown',
      () => mutation('notes:add', { text: '', x: 1 }),
      /^ArgumentValidationError: Object contains extra field `x`/,
    ],
    [
      'an argument of another type',
      () => mutation('notes:add', { text: 1 }),
      /^ArgumentValidationError: .*\nPath: \.text/,
    ],
    ['arguments that are no object', () => query('runs:echo', [1]), /^The arguments of runs\.js:echo are no object\.$/],
    ['a wrong result', () => query('notes:wrongResult'), /^ReturnsValidationError: /],
    ['an error', () => query('notes:fail'), /^it does not work$/],
    [
      'an array that is too long',
      () => query('runs:many', { count: 8_193 }),
      /return value invalid: Array length is too long \(8193 > maximum length 8192\)$/,
    ],
    [
      'an argument that is too deep',
      () => query('runs:echo', { value: nested(64) }),
      /^Value is too nested \(nested 65 levels deep > maximum nesting 64\)$/,
    ],
    [
      'an object with too many fields',
      () => query('runs:echo', { value: Object.fromEntries(Array.from({ length: 1_025 }, (_, i) => [`f${i}`, 1])) }),
      /^Object has too many fields \(1025 > maximum number 1024\)$/,
    ],
    [
      'a result that is too large',
      () => query('runs:long', { mib: 16 }),
      /^Function runs\.js:long return value is too large \(actual: 16 MiB, limit: 16 MiB\)$/,
    ],
    [
      'arguments that are too large',
      () => query('runs:echo', { value: 'x'.repeat(16 * 1_024 * 1_024) }),
      /^Function runs\.js:echo arguments size is too large/,
    ],
    [
      'two pages in one function',
      () => query('notes:twoPages'),
      /^This query or mutation function ran multiple paginated queries\./,
    ],
    [
      'a page of nothing',
      () => query('notes:page', { paginationOpts: { numItems: 0, cursor: null } }),
      /^Must request at least 1 document while paginating$/,
    ],
    [
      'a page that reads nothing',
      () => query('notes:page', { paginationOpts: { numItems: 1, cursor: null, maximumRowsRead: 0 } }),
      /^maximumRowsRead and maximumBytesRead must be greater than 0$/,
    ],
    ['half a surrogate pair', () => query('runs:echo', { value: '\ud83d' }), /^A text has half a surrogate pair\.$/],
    [
      'a timestamp of the commit',
      () => mutation('runs:commitTimestamp'),
      /^The embedded cloud does not support db\.vars\.commitTs\.$/,
    ],
    ['a function that calls itself', () => query('runs:endless'), /^Cross component call depth limit exceeded\./],
  ];
  for (const [name, call, message] of cases) {
    await t.test(name, () =>
      assert.rejects(call, (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /node_modules|\.ts:\d/);
        return true;
      }),
    );
  }
  assert.deepEqual(await query('runs:echo', { value: nested(62) }), nested(62));
  assert.equal(await query('runs:echo', { value: '{"$commitTs":null}' }), '{"$commitTs":null}');
  assert.equal(((await query('runs:many', { count: 8_192 })) as number[]).length, 8_192);
  assert.equal(((await query('runs:long', { mib: 15 })) as string[]).length, 15);
  assert.deepEqual(await action('runs:whoInside'), [null, null]);
});

test('functions know who calls, also inside of others', async (t) => {
  const { query, action } = await openFunctions(t, { clock: testClock() });
  const caller = { identity: { tokenIdentifier: 'issuer|anna', subject: 'anna', issuer: 'issuer' } };
  assert.equal(await query('runs:who', {}, caller), 'anna');
  assert.deepEqual(await action('runs:whoInside', {}, caller), ['anna', 'anna']);
  assert.equal(await query('runs:who'), null);
});

test('a digest is ready at once', async (t) => {
  const { query } = await openFunctions(t, { clock: testClock() });
  const digest = (name: string, text: string) => createHash(name).update(text).digest('hex');
  const order: string[] = [];
  gates.entered = (name) => {
    if (name === 'before') setImmediate(() => order.push('meanwhile'));
    order.push(name);
  };
  assert.deepEqual(await query('runs:digests', { text: 'ä text' }), [
    digest('sha256', 'ä text'),
    digest('sha1', 'ä text'),
    digest('sha384', 'ä text'),
    createHash('sha512').update(Buffer.from('ä text').subarray(1)).digest('hex'),
    'NotSupportedError',
  ]);
  assert.deepEqual(order.slice(0, 2), ['before', 'after']);
});

test('what a function writes to its console goes to the log, and to no client', async (t) => {
  const lines: unknown[] = [];
  const log = { ...silentLog, warn: (message: string, fields?: object) => lines.push([message, fields]) };
  const { runtime } = await openFunctions(t, { clock: testClock(), log });
  const { outcome } = await runtime.query('runs:logs', {}, NOBODY);
  assert.deepEqual(outcome, { ok: true, text: 'null' });
  assert.deepEqual(lines, [['a function wrote', { function: 'runs:logs', output: 'a line of { function: 1 }' }]]);
});

test('a page that is watched keeps its end when rows come and go', async (t) => {
  const { mutation, runtime } = await openFunctions(t, { clock: testClock() });
  const ids: JSONValue[] = [];
  for (const text of ['a', 'b', 'c', 'd']) ids.push(await mutation('notes:add', { text }));
  const args = { paginationOpts: { numItems: 2, cursor: null } };
  const first = await runtime.query('notes:page', args, NOBODY);
  assert.deepEqual(pageOf(first.outcome), ['a', 'b']);
  assert.ok(first.journal);
  await mutation('notes:remove', { id: ids[0] as string });
  assert.deepEqual(pageOf((await runtime.query('notes:page', args, NOBODY, first.journal)).outcome), ['b']);
  assert.deepEqual(
    pageOf((await runtime.query('notes:page', args, NOBODY)).outcome),
    ['b', 'c'],
    'without its journal it moves',
  );
  const other = await runtime.query('notes:page', args, NOBODY, 'nonsense');
  assert.match(other.outcome.ok ? '' : other.outcome.message, /InvalidCursor/);
});

test('queries of one function do not disturb each other', async (t) => {
  const { query, mutation } = await openFunctions(t, { clock: testClock() });
  for (const text of ['a', 'b']) await mutation('notes:add', { text });
  assert.equal(await query('notes:pagesOfOthers'), false);
  assert.deepEqual(await query('notes:stops'), ['a', 'a', 'b', 'a', 'b', 'b', 'a']);
});

function pageOf(outcome: { ok: boolean; text?: string }): string[] {
  return JSON.parse(outcome.text ?? '{}').page.map(({ text }: { text: string }) => text);
}
