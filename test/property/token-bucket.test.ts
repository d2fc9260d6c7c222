/**
 * A token bucket: it permits its capacity at once, and then a constant rate, for any sequence of calls.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTokenBucket } from '../../src/core/limits/token-bucket.ts';
import fc from '../support/fast-check.ts';

const CAPACITY = 20;
const REFILL_MS = 10_000;

describe('a token bucket', () => {
  test('gives its capacity at once, and the rest only at the refill rate', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ afterMs: fc.nat(3_000), amount: fc.integer({ min: 1, max: 5 }) })),
        (demands) => {
          const allowance = createTokenBucket(CAPACITY, REFILL_MS);
          let nowMs = 1_000;
          let taken = 0;
          for (const { afterMs, amount } of demands) {
            nowMs += afterMs;
            // A caller that waits as long as it is told.
            nowMs += allowance.waitMs(nowMs);
            assert.ok(allowance.waitMs(nowMs) < 1e-6);
            allowance.take(amount, nowMs);
            taken += amount;
            const most = CAPACITY + ((nowMs - 1_000) / REFILL_MS) * CAPACITY;
            assert.ok(taken <= most + amount + 1e-6, `${taken} of ${most}`);
          }
        },
      ),
    );
  });

  test('gives single tokens up to its capacity', () => {
    const allowance = createTokenBucket(CAPACITY, REFILL_MS);
    const taken = (nowMs: number) =>
      Array.from({ length: 3 * CAPACITY }, () => allowance.takeOne(nowMs)).filter(Boolean);
    assert.equal(taken(0).length, CAPACITY);
    assert.equal(taken(REFILL_MS / CAPACITY - 1).length, 0);
    assert.equal(taken(REFILL_MS / CAPACITY).length, 1);
    assert.equal(taken(99 * REFILL_MS).length, CAPACITY);
  });

  test('two of them that tell each other what is missing give what one gives, wherever each is taken', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ afterMs: fc.nat(2_000), takes: fc.nat(8), toldLateMs: fc.nat(1_000) }), { minLength: 1 }),
        (visits) => {
          const [here, there] = [createTokenBucket(CAPACITY, REFILL_MS), createTokenBucket(CAPACITY, REFILL_MS)];
          const one = createTokenBucket(CAPACITY, REFILL_MS);
          let nowMs = 0;
          for (const [i, { afterMs, takes, toldLateMs }] of visits.entries()) {
            nowMs += afterMs;
            const [at, next] = i % 2 === 0 ? [here, there] : [there, here];
            for (let taken = 0; taken < takes; taken++) assert.equal(at.takeOne(nowMs), one.takeOne(nowMs));
            const missing = at.missing(nowMs);
            nowMs += toldLateMs;
            next.wereMissing(missing, toldLateMs, nowMs);
          }
        },
      ),
    );
  });

  test('makes no caller wait who takes less than the refill rate', () => {
    const allowance = createTokenBucket(CAPACITY, REFILL_MS);
    for (let i = 0; i < 10_000; i++) {
      const nowMs = (i * REFILL_MS) / CAPACITY;
      assert.equal(allowance.waitMs(nowMs), 0);
      allowance.take(1, nowMs);
    }
  });

  test('that is overdrawn has a debt, and is full again in time', () => {
    const allowance = createTokenBucket(CAPACITY, REFILL_MS);
    assert.equal(allowance.isFull(0), true);
    allowance.take(3 * CAPACITY, 0);
    assert.equal(allowance.waitMs(0), 2 * REFILL_MS);
    assert.equal(allowance.waitMs(2 * REFILL_MS), 0);
    assert.equal(allowance.isFull(3 * REFILL_MS - 1), false);
    assert.equal(allowance.isFull(3 * REFILL_MS), true);
    // A clock with an earlier time gives nothing.
    allowance.take(CAPACITY, 3 * REFILL_MS);
    assert.equal(allowance.isFull(0), false);
  });

  test('without a limit is always full', () => {
    const allowance = createTokenBucket(Number.POSITIVE_INFINITY, REFILL_MS);
    allowance.take(1e9, 0);
    assert.equal(allowance.takeOne(0), true);
    assert.equal(allowance.waitMs(0), 0);
    assert.equal(allowance.isFull(0), true);
  });
});
