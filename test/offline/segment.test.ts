import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRecord, readSegment, type SegmentRecord } from '../../src/core/turn-store/segment.ts';
import fc from '../support/fast-check.ts';

const record = fc.record({ kind: fc.integer({ min: 1, max: 3 }), body: fc.uint8Array({ maxLength: 300 }) });
const records = fc.array(record, { minLength: 1, maxLength: 20 });
const fileOf = (all: SegmentRecord[]) => Buffer.concat(all.map(encodeRecord));
const plain = (all: SegmentRecord[]) => all.map(({ kind, body }) => [kind, ...body]);

test('written records are read back', () => {
  fc.assert(
    fc.property(records, (all) => {
      const read = readSegment(fileOf(all));
      assert.deepEqual(plain(read.records), plain(all));
      assert.equal(read.damagedBytes, 0);
    }),
  );
});

test('a file truncated at any position keeps every complete record before that', () => {
  fc.assert(
    fc.property(records, fc.nat(), (all, at) => {
      const file = fileOf(all);
      const cut = at % (file.length + 1);
      let whole = 0;
      for (let end = 0; whole < all.length; whole++) {
        end += encodeRecord(all[whole] as SegmentRecord).length;
        if (end > cut) break;
      }
      assert.deepEqual(plain(readSegment(file.subarray(0, cut)).records), plain(all.slice(0, whole)));
    }),
  );
});

test('a flipped bit loses only its record', () => {
  fc.assert(
    fc.property(records, fc.nat(), fc.integer({ min: 0, max: 7 }), (all, at, bit) => {
      const file = fileOf(all);
      const flipped = at % file.length;
      file[flipped] = (file[flipped] ?? 0) ^ (1 << bit);
      let hit = 0;
      for (let end = 0; hit < all.length; hit++) {
        end += encodeRecord(all[hit] as SegmentRecord).length;
        if (flipped < end) break;
      }
      const read = readSegment(file);
      assert.deepEqual(plain(read.records), plain(all.filter((_, i) => i !== hit)));
      assert.ok(read.damagedBytes > 0);
    }),
  );
});

test('any bytes are read without an exception', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => void readSegment(bytes)));
});
