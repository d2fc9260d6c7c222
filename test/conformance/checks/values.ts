/**
 * Values: none is changed on its way, and an index has them in Convex's order of types.
 */
import assert from 'node:assert/strict';
import { compareValues, type Value } from 'convex/values';
import fc from '../../support/fast-check.ts';
import { seededRandom } from '../../support/random.ts';
import type { Backend } from '../suite/backend.ts';
import type { Check } from '../suite/check.ts';

export const ABSENT = { absent: true };

const bytes = (...of: number[]) => new Uint8Array(of).buffer;

/** Values of all types that a careless implementation confuses. */
export const AWKWARD: readonly Value[] = [
  ABSENT,
  null,
  -(2n ** 63n),
  -256n,
  -1n,
  0n,
  5n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  Number.NEGATIVE_INFINITY,
  -Number.MAX_VALUE,
  -1.5,
  -Number.MIN_VALUE,
  -0,
  0,
  Number.MIN_VALUE,
  1e-300,
  1,
  1.5,
  2 ** 53,
  Number.POSITIVE_INFINITY,
  Number.NaN,
  false,
  true,
  '',
  '\0',
  '\0a',
  'A',
  'a',
  'a\0',
  'a\0b',
  'ab',
  'é',
  'z',
  '\u{7ff}',
  '\u{e000}',
  '\u{ffff}',
  '\u{10000}',
  '\u{1f600}',
  bytes(),
  bytes(0),
  bytes(0, 1),
  bytes(1),
  bytes(255, 0),
  [],
  [null],
  [1, 2],
  [1, [2]],
  ['a'],
  ['a', 1],
  ['a\0'],
  [[]],
  {},
  { a: 1 },
  { a: 1, b: 2 },
  { a: 'x' },
  { b: 0 },
  { a: { b: [bytes(1), 2n] } },
];

export const isAbsent = (value: Value) => value === ABSENT;
const plain = (value: Value): Value | undefined => (isAbsent(value) ? undefined : value);
const byOrder = (a: Value, b: Value) => compareValues(plain(a), plain(b));

function shuffled<T>(values: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  const left = [...values];
  return values.map(() => left.splice(random.integer(0, left.length - 1), 1)[0] as T);
}

export async function insertKeys(backend: Backend, keys: readonly Value[]): Promise<void> {
  for (let from = 0; from < keys.length; from += 100) {
    await backend.mutation('write:insertKeys', { table: 'values', keys: keys.slice(from, from + 100) });
  }
}

async function keysInOrder(backend: Backend, rest: object = {}): Promise<(Value | undefined)[]> {
  const rows = await backend.query<{ key?: Value }[]>('read:rows', { table: 'values', index: 'by_key', ...rest });
  return rows.map(({ key }) => key);
}

export const values: Check[] = [
  {
    id: 'values.unchanged',
    title: 'what is stored is read again, bit by bit: NaN, −0, int64, bytes, Unicode, nested values',
    async run(backend) {
      await insertKeys(backend, AWKWARD);
      const rows = await backend.query<{ key?: Value; label: string }[]>('read:rows', { table: 'values' });
      for (const [i, value] of AWKWARD.entries()) {
        const row = rows.find(({ label }) => label === String(i));
        assert.ok(row, `row ${i} is lost`);
        assert.equal('key' in row, !isAbsent(value), `presence of value ${i}`);
        assert.deepStrictEqual(row.key, plain(value));
      }
    },
  },
  {
    id: 'values.arguments-unchanged',
    title: 'arguments and results are not changed, in queries, mutations and actions',
    async run(backend) {
      for (const value of AWKWARD.filter((each) => !isAbsent(each))) {
        assert.deepStrictEqual(await backend.query('typed:echo', { any: value }), { any: value });
      }
      const some = { any: AWKWARD.slice(1), int64: 2n ** 63n - 1n, number: -0, bytes: bytes(0, 255) };
      assert.deepStrictEqual(await backend.mutation('typed:echoMutation', some), some);
      assert.deepStrictEqual(await backend.action('typed:echoAction', some), some);
    },
  },
  {
    id: 'values.order',
    title: 'an index has all types in the order of compareValues, in both directions',
    async run(backend) {
      await insertKeys(backend, shuffled(AWKWARD, 7));
      const wanted = [...AWKWARD].sort(byOrder).map(plain);
      assert.deepStrictEqual(await keysInOrder(backend), wanted);
      assert.deepStrictEqual(await keysInOrder(backend, { order: 'desc' }), wanted.reverse());
    },
  },
  {
    id: 'values.order-of-any-values',
    title: 'and so for random values of all types (property)',
    async run(backend) {
      const any = fc.letrec<{ value: Value }>((tie) => ({
        value: fc.oneof(
          { depthSize: 'small' },
          fc.constantFrom(...AWKWARD.slice(1)),
          fc.double(),
          fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          fc.string({ unit: 'grapheme', maxLength: 8 }),
          fc.uint8Array({ maxLength: 8 }).map((each) => each.slice().buffer as ArrayBuffer),
          fc.array(tie('value'), { maxLength: 3 }),
          fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), tie('value'), { maxKeys: 3 }),
        ),
      })).value;
      const keys = fc.sample(any, { numRuns: 400, seed: 20 });
      await insertKeys(backend, keys);
      const found = await keysInOrder(backend);
      assert.equal(found.length, keys.length);
      for (const [i, key] of found.entries()) {
        assert.ok(
          i === 0 || compareValues(found[i - 1], key) <= 0,
          `${i}: ${String(found[i - 1])} before ${String(key)}`,
        );
      }
    },
  },
  {
    id: 'values.each-found',
    title: 'each value is found by itself: undefined is not null, 0 is not −0, 1 is not 1n',
    async run(backend) {
      await insertKeys(backend, AWKWARD);
      for (const [i, value] of AWKWARD.entries()) {
        const rows = await backend.query<{ label: string }[]>('read:rows', {
          table: 'values',
          index: 'by_key',
          range: [['eq', 'key', value]],
        });
        assert.deepEqual(
          rows.map(({ label }) => label),
          [String(i)],
        );
      }
    },
  },
  {
    id: 'values.surrogates',
    title: 'a text with half a surrogate pair is refused',
    async run(backend) {
      await assert.rejects(backend.mutation('write:insertKeys', { table: 'values', keys: ['half \ud800'] }));
      assert.equal(await backend.query('read:rows', { table: 'values', how: 'count' }), 0);
    },
  },
];
