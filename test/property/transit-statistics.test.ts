import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTransitStatistics } from '../../actors/session/transit-statistics.ts';
import fc from '../support/fast-check.ts';

const packet = (index: number, frames = 3) => ({
  final: false,
  discontinuity: false,
  pcm: false,
  turn: 1,
  sequence: index * 3,
  timestamp: index * 960,
  frames: Array.from({ length: frames }, () => Uint8Array.of(1)),
});

test('lateness is relative to the fastest packet of the turn; each packet is in one report only', () => {
  const arrivals = createTransitStatistics();
  arrivals.observe(packet(0), 0, 1_000);
  arrivals.observe(packet(1), 0, 1_100);
  assert.deepEqual(arrivals.take(), { lateMs: 40, lost: 0 });
  assert.equal(arrivals.take(), undefined);
  arrivals.observe(packet(3), 3, 1_200);
  assert.deepEqual(arrivals.take(), { lateMs: 20, lost: 3 });
});

test('lateness is never negative, never more than the slowest, and no frame is counted twice', () => {
  const arrival = fc.record({ delayMs: fc.integer({ min: 0, max: 5_000 }), missing: fc.nat(6), asks: fc.boolean() });
  fc.assert(
    fc.property(fc.array(arrival, { minLength: 1, maxLength: 500 }), (history) => {
      const arrivals = createTransitStatistics();
      let lost = 0;
      history.forEach(({ delayMs, missing, asks }, index) => {
        arrivals.observe(packet(index), missing, index * 60 + delayMs);
        const report = asks ? arrivals.take() : undefined;
        if (report) assert.ok(report.lateMs >= 0 && report.lateMs <= 5_000);
        lost += report?.lost ?? 0;
      });
      lost += arrivals.take()?.lost ?? 0;
      assert.equal(
        lost,
        history.reduce((sum, { missing }) => sum + missing, 0),
      );
    }),
  );
});
