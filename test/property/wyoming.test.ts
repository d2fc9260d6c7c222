import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WyomingError, WyomingReader, writeEvent } from '../../src/core/wyoming/wyoming-events.ts';
import fc from '../support/fast-check.ts';

const event = fc.record({
  type: fc.string({ minLength: 1, maxLength: 12 }),
  data: fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }),
  payload: fc.uint8Array({ maxLength: 300 }),
});

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

test('events come back as they were written, in whatever pieces they arrive', () => {
  fc.assert(
    fc.property(fc.array(event), fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (events, sizes) => {
      const reader = new WyomingReader(10_000);
      const pieces = cut(Buffer.concat(events.map(writeEvent)), sizes);
      const read = pieces.flatMap((piece) => reader.push(piece));
      // What JSON makes of it: -0 is 0, and a key “__proto__” is no key.
      const written = events.map((each) => ({ ...each, data: { ...JSON.parse(JSON.stringify(each.data)) } }));
      assert.deepEqual(read, written);
    }),
  );
});

test('data in the line, behind it, and in both', () => {
  const reader = new WyomingReader(1_000);
  const more = '{"rate":16000,"width":2}';
  const events = reader.push(
    Buffer.from(
      `{"type":"a","data":{"width":1,"x":null},"data_length":${more.length},"payload_length":2}\n${more}\x01\x02{"type":"b"}\n`,
    ),
  );
  assert.deepEqual(events, [
    { type: 'a', data: { width: 2, x: null, rate: 16_000 }, payload: Uint8Array.of(1, 2) },
    { type: 'b', data: {}, payload: new Uint8Array(0) },
  ]);
});

test('any bytes are events or a WyomingError, and never need more memory than an event may have', () => {
  const line = fc.oneof(
    fc.constantFrom('{"type":"x"}\n', '{"type":"x","data_length":3}\n', '{"type":1}\n', 'null\n', '[]\n', '\n'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.uint8Array())), (pieces) => {
      const reader = new WyomingReader(200);
      try {
        for (const piece of pieces) reader.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
      } catch (error) {
        assert.ok(error instanceof WyomingError, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});

test('lying lengths and endless lines are refused at once', () => {
  const lies = [
    ...['-1', '1.5', '1e300', '"7"', '10001', 'true', '[]'].map(
      (length) => `{"type":"x","payload_length":${length}}\n`,
    ),
    '{"type":"x","data_length":5001,"payload_length":5000}\n',
    'x'.repeat(10_001),
    '{"type":"x","data":[1]}\n',
    '{"type":"x","data_length":2}\n[]',
    '{"type":"x","data_length":4}\n{"a"',
  ];
  for (const lie of lies) {
    const reader = new WyomingReader(10_000);
    assert.throws(() => reader.push(Buffer.from(lie)), WyomingError, lie.slice(0, 60));
  }
});

test('a payload that comes byte by byte is copied a bounded number of times', () => {
  const payload = new Uint8Array(1_000_000).fill(7);
  const bytes = writeEvent({ type: 'audio-chunk', payload });
  const reader = new WyomingReader(2_000_000);
  const startMs = performance.now();
  const events = cut(bytes, [10]).flatMap((piece) => reader.push(piece));
  assert.equal(events[0]?.payload.length, payload.length);
  // Copying everything with each piece would be 50 GB.
  assert.ok(performance.now() - startMs < 20_000);
});
