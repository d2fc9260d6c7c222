/**
 * Calculations with times: the offset between two clocks, and when a packet of a reply may be sent.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRoundTrip } from '../../actors/network/round-trip.ts';
import { createPacer } from '../../src/core/time/pacer.ts';
import fc from '../support/fast-check.ts';

test('the clock offset is correct to half of the smallest round trip', () => {
  const transit = fc.double({ min: 0.1, max: 300, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(transit, transit), { minLength: 1, maxLength: 20 }),
      fc.integer(),
      (exchanges, offset) => {
        const roundTrip = createRoundTrip();
        let t0 = 1_000;
        for (const [there, back] of exchanges) {
          const arrived = t0 + there;
          roundTrip.add(t0, arrived - offset, arrived - offset, arrived + back);
          t0 += 1_000;
        }
        const smallest = Math.min(...exchanges.slice(-8).map(([there, back]) => there + back));
        assert.ok(Math.abs(roundTrip.clockOffsetMs - offset) <= smallest / 2 + 1e-3);
      },
    ),
  );
});

test('a change of the other end’s clock is detected with the next exchange', () => {
  const transit = fc.double({ min: 0.1, max: 300, noNaN: true });
  const exchanges = fc.array(fc.tuple(transit, transit), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(
      exchanges,
      fc.tuple(transit, transit),
      fc.integer(),
      fc.integer({ min: 1_000 }),
      (before, [there, back], at, by) => {
        const roundTrip = createRoundTrip();
        for (const [out, home] of before) roundTrip.add(0, out - at, out - at, out + home);
        roundTrip.add(0, there - at - by, there - at - by, there + back);
        assert.ok(Math.abs(roundTrip.clockOffsetMs - at - by) <= (there + back) / 2 + 1e-3);
      },
    ),
  );
});

test('a paced reply is never further ahead than the device can buffer', () => {
  fc.assert(
    fc.property(fc.nat(3_000), fc.nat(60_000), fc.nat(60_000), (bufferMs, sentMs, passedMs) => {
      const waitMs = createPacer(1_000, bufferMs).waitMs(sentMs, 1_000 + passedMs);
      const sentAtMs = passedMs + Math.max(0, waitMs);
      assert.ok(sentMs - sentAtMs <= bufferMs);
      if (waitMs > 0) assert.ok(Math.abs(sentMs - sentAtMs - bufferMs) < 1e-6, 'and not later than necessary');
    }),
  );
});

test('a round trip is that of the last exchange, without the time at the other end', () => {
  const ms = fc.double({ min: 0, max: 1_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(ms, ms, ms), { minLength: 1, maxLength: 20 }), fc.integer(), (exchanges, offset) => {
      const roundTrip = createRoundTrip();
      assert.deepEqual([roundTrip.roundTripMs, roundTrip.clockOffsetMs], [0, 0]);
      for (const [there, thinking, back] of exchanges) {
        const arrived = 5_000 + there;
        roundTrip.add(5_000, arrived - offset, arrived + thinking - offset, arrived + thinking + back);
        assert.ok(Math.abs(roundTrip.roundTripMs - there - back) < 1e-3);
      }
    }),
  );
});

test('a round trip is never negative, for any times', () => {
  const time = fc.double({ min: 0, max: 1e13, noNaN: true });
  fc.assert(
    fc.property(time, time, time, time, (t0, t1, t2, t3) => {
      const roundTrip = createRoundTrip();
      roundTrip.add(t0, t1, t2, t3);
      assert.ok(roundTrip.roundTripMs >= 0 && Number.isFinite(roundTrip.clockOffsetMs));
    }),
  );
});

test('paced packets are sent in order, and at the rate of real time', () => {
  const packets = fc.array(fc.integer({ min: 20, max: 500 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(packets, fc.nat(3_000), (lengths, bufferMs) => {
      const pacer = createPacer(0, bufferMs);
      let nowMs = 0;
      let sentMs = 0;
      for (const length of lengths) {
        const before = nowMs;
        nowMs += Math.max(0, pacer.waitMs(sentMs, nowMs));
        assert.ok(nowMs >= before);
        assert.equal(nowMs, Math.max(0, sentMs - bufferMs));
        sentMs += length;
      }
    }),
  );
});
