import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { compareValues, type Value } from 'convex/values';
import { afterBytes, afterKey, afterPrefix, encodeKey, idKey } from '../../src/cloud/database/index-key.ts';
import fc from '../support/fast-check.ts';

const negativeNaN = new Float64Array(new BigUint64Array([0xfff8000000000000n]).buffer)[0] as number;
const AWKWARD: (Value | undefined)[] = [
  undefined, null, -(2n ** 63n), -1n, 0n, 5n, 2n ** 63n - 1n,
  negativeNaN, -Infinity, -1.5, -1, -0, 0, 5e-324, 1e-300, 1, 2, 2 ** 53, Infinity, NaN,
  false, true, '', '\0', '\0a', 'a', 'a\0', 'a\0b', 'ab', 'é', '\ud7ff', '\ud800', '\udfff', 'x\ud800y', '\ue000', '\uffff', '😀',
  new ArrayBuffer(0), new Uint8Array([0]).buffer, new Uint8Array([0, 1]).buffer, new Uint8Array([0, 255]).buffer, new Uint8Array([255]).buffer,
  [], [null], ['a'], ['a', 1], ['a\0'], [[]], [[], []],
  {}, { '': 1 }, { a: 1 }, { a: 1, b: 2 }, { a: 2 }, { b: 0 }, { a: 'x' }, { a: { b: [] } },
]; // biome-ignore format: a list to read across

const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...(AWKWARD.filter((value) => value !== undefined) as Value[])),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => bytes.slice().buffer as ArrayBuffer),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('', 'a', 'b', 'ab', '~'), tie('value'), { maxKeys: 3 }),
  ),
})).value;

function assertSameOrder(a: Value | undefined, b: Value | undefined): void {
  const order = Math.sign(compareValues(a, b));
  const message = `${inspect(a)} and ${inspect(b)}`;
  assert.equal(Math.sign(Buffer.compare(encodeKey([a]), encodeKey([b]))), order, message);
  // Also where something follows, and where they are bounds.
  assert.equal(Math.sign(Buffer.compare(encodeKey([a, 'z']), encodeKey([b, null])) || order), order || 1, message);
  const isAfter = Buffer.compare(encodeKey([b], idKey(Buffer.alloc(16, 255))), afterPrefix(encodeKey([a]))) >= 0;
  assert.equal(isAfter, order < 0, `${message} as a bound`);
}

test('keys sort as Convex sorts the values', () => {
  for (const a of AWKWARD) for (const b of AWKWARD) assertSameOrder(a, b);
  fc.assert(fc.property(values, values, assertSameOrder), { numRuns: 3_000 });
});

test('keys of several values sort by the first that differs', () => {
  const keys = fc.array(fc.option(values, { nil: undefined }), { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      const order = compareValues(a[0], b[0]) || compareValues(a[1], b[1]);
      assert.equal(Math.sign(Buffer.compare(encodeKey(a), encodeKey(b))), Math.sign(order));
    }),
    { numRuns: 1_000 },
  );
});

test('the bounds after a key, and after a part of one, are where they should be', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 6 }).map((rest) => Buffer.from([7, ...rest]));
  fc.assert(
    fc.property(bytes, bytes, fc.nat(6), (key, other, length) => {
      assert.equal(Buffer.compare(other, afterKey(key)) < 0, Buffer.compare(other, key) <= 0);
      const part = key.subarray(0, length + 1);
      const isBelow = Buffer.compare(other, afterBytes(part)) < 0;
      assert.equal(isBelow, Buffer.compare(other.subarray(0, part.length), part) <= 0);
    }),
  );
});
