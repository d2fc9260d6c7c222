import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeId, decodeIdOrNull, encodeId } from '../../src/cloud/database/document-id.ts';
import fc from '../support/fast-check.ts';

const tableNumbers = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const internals = fc.uint8Array({ minLength: 16, maxLength: 16 });

test('an id is the one that Convex makes of the same table and bytes', () => {
  const internal = Buffer.alloc(16, 251);
  for (let i = 1; i < 16; i++) internal[i] = ((internal[i - 1] ?? 0) * 251) & 0xff;
  // The example in Convex's own tests.
  assert.equal(encodeId(1_017, internal), 'z43zp6c3e75gkmz1kfwj6mbbx5sw281h');
});

test('what was encoded is decoded; ids of a table sort as their bytes do', () => {
  fc.assert(
    fc.property(tableNumbers, internals, internals, (tableNumber, internal, other) => {
      const id = encodeId(tableNumber, internal);
      assert.deepEqual(decodeId(id), { tableNumber, internal: Buffer.from(internal) });
      const order = Math.sign(Buffer.compare(internal, other));
      const otherId = encodeId(tableNumber, other);
      assert.equal(id < otherId ? -1 : id > otherId ? 1 : 0, order);
    }),
  );
});

test('an id with one wrong letter, or another length, is none', () => {
  const letters = fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyzAé-');
  fc.assert(
    fc.property(internals, fc.nat(31), letters, (internal, at, letter) => {
      const id = encodeId(10_001, internal);
      const wrong = id.slice(0, at) + letter + id.slice(at + 1);
      assert.equal(decodeIdOrNull(wrong) === null, wrong !== id, wrong);
    }),
  );
  fc.assert(fc.property(fc.string({ maxLength: 40 }), (text) => decodeIdOrNull(text) === null));
});

test('what is wrong is told in the words of Convex', () => {
  const id = encodeId(10_001, Buffer.alloc(16));
  const reasons: [string, RegExp][] = [
    ['00000000000000000000000000000001turns', /^Error: Unable to decode ID: ID wasn't valid base32$/],
    ['10001;turns', /^Error: Unable to decode ID: Invalid ID length 11$/],
    ['0'.repeat(32), /^Error: Unable to decode ID: Invalid table number$/],
    [id.replace(/0/, '1'), /^Error: Unable to decode ID: Invalid ID version \d+ \(expected \d+\)$/],
  ];
  for (const [text, message] of reasons) assert.throws(() => decodeId(text), message);
});
