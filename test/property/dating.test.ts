/**
 * The time of a turn: for any state of a device's clock at the recording and at the delivery, the gateway gets a
 * plausible time, and the true one where it can be known.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateTurn, isPlausible } from '../../src/core/time/dating.ts';
import fc from '../support/fast-check.ts';

const YEAR_MS = 365 * 86_400_000;
/** 2027: when the machine was started. */
const BOOTED_MS = 1_800_000_000_000;
const upTo = (max: number) => fc.integer({ min: 0, max });
/** Possible values of a wall clock: the truth, 1970, the time when it was switched off, or years ahead. */
const wrong = fc.oneof(fc.constant(-BOOTED_MS), fc.integer({ min: -YEAR_MS, max: -10_000 }), upTo(40 * YEAR_MS));
const boot = (uptimeMs: number, id = 'this') => ({ id, uptimeMs });

test('recorded and delivered in one boot, by a device that knows the time at the end: the true time', () => {
  fc.assert(
    fc.property(upTo(YEAR_MS), upTo(YEAR_MS), wrong, (spokenMs, waitedMs, wrongBy) => {
      const deliveredMs = spokenMs + waitedMs;
      const stamp = { startedAtMs: BOOTED_MS + spokenMs + wrongBy, boot: boot(spokenMs) };
      const now = { wallMs: BOOTED_MS + deliveredMs, boot: boot(deliveredMs), gatewayMs: BOOTED_MS + deliveredMs };
      const { startedAtMs } = dateTurn(stamp, now);
      assert.ok(Math.abs(startedAtMs - (BOOTED_MS + spokenMs)) <= 1_000, String(startedAtMs));
    }),
  );
});

test('a device whose clock is never set: by the gateway, the true time to a few seconds', () => {
  fc.assert(
    fc.property(upTo(YEAR_MS), upTo(YEAR_MS), wrong, (spokenMs, waitedMs, wrongBy) => {
      const deliveredMs = spokenMs + waitedMs;
      const stamp = { startedAtMs: BOOTED_MS + spokenMs + wrongBy, boot: boot(spokenMs) };
      const now = { wallMs: BOOTED_MS + deliveredMs + wrongBy, boot: boot(deliveredMs) };
      const { startedAtMs } = dateTurn(stamp, { ...now, gatewayMs: BOOTED_MS + deliveredMs });
      assert.ok(Math.abs(startedAtMs - (BOOTED_MS + spokenMs)) <= 5_000, String(startedAtMs));
    }),
  );
});

test('after a reboot: not later than the boot, and as stamped where that is plausible', () => {
  fc.assert(
    fc.property(upTo(YEAR_MS), upTo(YEAR_MS), fc.oneof(fc.constant(0), wrong), (beforeMs, uptimeMs, wrongBy) => {
      const stamp = { startedAtMs: BOOTED_MS - beforeMs + wrongBy, boot: boot(5_000, 'the one before') };
      const now = { wallMs: BOOTED_MS + uptimeMs, boot: boot(uptimeMs) };
      const { startedAtMs, how } = dateTurn(stamp, now);
      assert.ok(isPlausible(startedAtMs) && startedAtMs <= BOOTED_MS + 5_000, String(startedAtMs));
      if (wrongBy === 0) assert.deepEqual([startedAtMs, how], [stamp.startedAtMs, 'as-stamped']);
      if (!isPlausible(stamp.startedAtMs)) assert.deepEqual([startedAtMs, how], [BOOTED_MS, 'not-later']);
    }),
  );
});

test('neither clock is right: as stamped, and marked', () => {
  const stamp = { startedAtMs: 7_000, boot: boot(7_000) };
  assert.deepEqual(dateTurn(stamp, { wallMs: 9_000, boot: boot(9_000) }), { startedAtMs: 7_000, how: 'unknown' });
  // A gateway without a clock chip.
  const both = { wallMs: 9_000, boot: boot(9_000), gatewayMs: 12_000 };
  assert.deepEqual(dateTurn(stamp, both), { startedAtMs: 7_000, how: 'unknown' });
});

test('a gateway without the right time changes nothing', () => {
  const stamp = { startedAtMs: BOOTED_MS + 1_000, boot: boot(1_000) };
  const now = { wallMs: BOOTED_MS + 9_000, boot: boot(9_000), gatewayMs: 12_000 };
  assert.deepEqual(dateTurn(stamp, now), { startedAtMs: BOOTED_MS + 1_000, how: 'as-stamped' });
});

test('a turn of an older version is used as it is where that is plausible', () => {
  const now = { wallMs: BOOTED_MS + 60_000, boot: boot(60_000) };
  const before = { startedAtMs: BOOTED_MS + 30_000 };
  assert.deepEqual(dateTurn(before, now), { ...before, how: 'as-stamped' });
  assert.deepEqual(dateTurn({ startedAtMs: 5 }, now), { startedAtMs: BOOTED_MS, how: 'not-later' });
});
