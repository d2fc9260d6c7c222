import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SampleRing } from '../../actors/listening/sample-ring.ts';
import fc from '../support/fast-check.ts';

const CAPACITY_MS = 10;
const CAPACITY = CAPACITY_MS * 16;

/** What happens to a ring: blocks of any length, some of them after a gap. */
const happenings = fc.array(
  fc.record({ length: fc.integer({ min: 0, max: 2 * CAPACITY }), gapMs: fc.constantFrom(0, 0, 0, 0.25, 7, 100) }),
  { maxLength: 40 },
);

/** Each sample is its own number, so a sample in the wrong place is found; its time is kept beside it. */
function fill(
  ring: SampleRing,
  blocks: readonly { length: number; gapMs: number }[],
): { value: number; atMs: number }[] {
  const all: { value: number; atMs: number }[] = [];
  let atMs = 1_000;
  for (const { length, gapMs } of blocks) {
    atMs += gapMs;
    const block = Int16Array.from({ length }, (_, i) => (all.length + i) % 30_000);
    for (const [i, value] of block.entries()) all.push({ value, atMs: atMs + (i + 1) / 16 });
    atMs += length / 16;
    ring.push(block, atMs);
  }
  return all;
}

function read(ring: SampleRing, fromMs: number): { value: number; atMs: number }[] {
  const got: { value: number; atMs: number }[] = [];
  ring.read(fromMs, (samples, lastSampleAtMs) => {
    assert.ok(samples.length > 0);
    for (const [i, value] of samples.entries()) {
      got.push({ value, atMs: lastSampleAtMs - (samples.length - 1 - i) / 16 });
    }
  });
  return got;
}

test('the newest samples are read with their true times, in order, from any time on', () => {
  fc.assert(
    fc.property(happenings, fc.integer({ min: -100, max: 40_000 }), (blocks, quarterSamples) => {
      const ring = new SampleRing(CAPACITY_MS);
      const all = fill(ring, blocks);
      const fromMs = 1_000 + quarterSamples / 64;
      const expected = all.slice(-CAPACITY).filter(({ atMs }) => atMs - 1 / 16 > fromMs - 1e-4);
      const got = read(ring, fromMs);
      assert.deepEqual(
        got.map(({ value }) => value),
        expected.map(({ value }) => value),
      );
      for (const [i, { atMs }] of got.entries()) assert.ok(Math.abs(atMs - (expected[i]?.atMs ?? 0)) < 1e-6);
      assert.equal(ring.depthMs, Math.min(all.length, CAPACITY) / 16);
    }),
  );
});

test('an overflow is reported before the block that follows it', () => {
  const ring = new SampleRing(CAPACITY_MS);
  ring.push(new Int16Array(16), 1);
  ring.noteOverflow();
  ring.push(new Int16Array(16), 4);
  ring.push(new Int16Array(16), 5);
  const overflows: boolean[] = [];
  ring.read(0, (_samples, _atMs, afterOverflow) => overflows.push(afterOverflow));
  assert.deepEqual(overflows, [false, true, false]);
});

test('a card with blocks of one sample takes no more memory than one with long blocks', () => {
  const ring = new SampleRing(1_000);
  for (let i = 0; i < 5_000; i++) ring.push(Int16Array.of(i), i / 16);
  let blocks = 0;
  ring.read(0, () => {
    blocks += 1;
  });
  assert.equal(blocks, 1_024);
  assert.equal(ring.depthMs, 1_024 / 16);
});
