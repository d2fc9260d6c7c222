import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GenericId, type ValidatorJSON, type Value, v } from 'convex/values';
import { compileValidator } from '../../src/cloud/database/validator.ts';
import { EarshotError } from '../../src/core/errors.ts';
import fc from '../support/fast-check.ts';

const tableOf = (id: string) => /^id-of-(\w+)$/.exec(id)?.[1] ?? null;
/** `json` is what convex's own export functions call. */
const check = (validator: unknown, value: Value | undefined) =>
  compileValidator((validator as { json: ValidatorJSON }).json).check(value, tableOf);

test('every kind of validator accepts its values and refuses those of every other kind', () => {
  const kinds: [unknown, Value][] = [
    [v.null(), null],
    [v.number(), 1.5],
    [v.int64(), 7n],
    [v.boolean(), false],
    [v.string(), ''],
    [v.bytes(), new ArrayBuffer(2)],
    [v.array(v.number()), [1, 2]],
    [v.object({ a: v.optional(v.number()) }), { a: 1 }],
  ];
  for (const [validator, mine] of kinds) {
    for (const [, value] of kinds) {
      const wrong = check(validator, value);
      assert.equal(wrong === undefined, value === mine, wrong);
    }
    assert.equal(check(v.any(), mine), undefined);
  }
});

test('the texts are those of Convex', () => {
  const object = v.object({ b: v.string(), a: v.optional(v.id('users')), n: v.union(v.int64(), v.literal(1)) });
  const text = 'v.object({a: v.optional(v.id("users")), b: v.string(), n: v.union(v.int64(), v.literal(1.0))})';
  assert.equal(
    check(object, { n: 1, a: undefined } as never),
    'Object is missing the required field `b`. Consider wrapping the field validator in `v.optional(...)` if this is expected.\n\n' +
      `Object: {n: 1.0}\nValidator: ${text}`,
  );
  assert.equal(
    check(v.object({ list: v.array(object) }), {
      list: [
        { b: '', n: 2n },
        { b: 'é"', n: 1, extra: [null, -0] },
      ],
    }),
    'Object contains extra field `extra` that is not in the validator.\nPath: .list[1]\n' +
      `Object: {b: "é\\"", extra: [null, -0.0], n: 1.0}\nValidator: ${text}`,
  );
  assert.equal(
    check(object, { b: 'x', n: 1e300 }),
    'Value does not match validator.\nPath: .n\nValue: 1e300\nValidator: v.union(v.int64(), v.literal(1.0))',
  );
  assert.equal(
    check(object, { a: 'id-of-teams', b: '', n: 1 }),
    'Found ID "id-of-teams" from table `teams`, which does not match the table name in validator `v.id("users")`.Path: .a',
  );
  assert.equal(
    check(v.id('users'), 'id-of-_storage'),
    'Found ID "id-of-_storage" from a system table, which does not match the table name in validator `v.id("users")`.',
  );
  assert.equal(check(v.id('users'), 'x'), 'Value does not match validator.\n\nValue: "x"\nValidator: v.id("users")');
  assert.equal(
    check(v.literal('on'), new Uint8Array([1]).buffer),
    '`b"AQ=="` does not match literal validator `v.literal("on")`.',
  );
  assert.equal(
    check(v.record(v.id('users'), v.number()), { x: 1 }),
    'Value does not match validator.\nPath: .keys()\nValue: "x"\nValidator: v.id("users")',
  );
  assert.equal(
    check(v.record(v.string(), v.number()), { x: '\0\u0007' }),
    'Value does not match validator.\nPath: .values()\nValue: "\\0\\u{7}"\nValidator: v.float64()',
  );
});

test('ids are checked by their table, literals to the bit, and a union of one speaks for its member', () => {
  assert.equal(check(v.id('users'), 'id-of-users' as GenericId<'users'>), undefined);
  assert.equal(check(v.literal(0), -0), '`-0.0` does not match literal validator `v.literal(0.0)`.');
  assert.equal(check(v.literal(3n), 3n), undefined);
  assert.match(check(v.union(v.literal('a')), 'b') ?? '', /does not match literal validator/);
});

test('names that every object inherits are no fields', () => {
  assert.match(check(v.object({ toString: v.string() }), {}) ?? '', /missing the required field `toString`/);
  assert.match(check(v.object({}), { constructor: 1 }) ?? '', /extra field `constructor`/);
});

test('a large value makes no large message', () => {
  assert.ok((check(v.number(), 'x'.repeat(1_000_000)) ?? '').length < 3_000);
});

test('a kind that is not supported is told by its name', () => {
  const unsupported = { type: 'commitTs' } as ValidatorJSON;
  assert.throws(
    () => compileValidator(unsupported),
    (error) => error instanceof EarshotError && /v\.commitTs\(\)/.test(error.message),
  );
});

test('any value is answered, whatever the validator', () => {
  const validator = v.union(
    v.object({ a: v.array(v.record(v.string(), v.number())) }),
    v.array(v.object({ b: v.bytes() })),
  );
  const values = fc.anything({ withBigInt: true, maxDepth: 4 }) as fc.Arbitrary<Value>;
  fc.assert(fc.property(values, (value) => ['string', 'undefined'].includes(typeof check(validator, value))));
});
