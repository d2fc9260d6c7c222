/** Time in an audio worklet: the card's, moved to the page's clock by the messages of the page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkletClock } from '../../src/client/browser/audio/worklet/worklet-clock.ts';
import fc from '../support/fast-check.ts';

test('it is the time of the page, as far as the fastest message tells it', () => {
  let audioMs = 0;
  const clock = new WorkletClock(() => audioMs);
  clock.set(5_000);
  audioMs = 100;
  clock.set(5_098.5);
  assert.ok(Math.abs(clock.now() - 5_100) < 0.1, `${clock.now()}`);
  audioMs = 200;
  assert.ok(Math.abs(clock.now() - 5_200) < 0.1, `${clock.now()}`);
});

test('after the browser has stopped the audio it goes on from the next message', () => {
  let audioMs = 0;
  const clock = new WorkletClock(() => audioMs);
  clock.set(1_000);
  audioMs = 10;
  clock.set(61_000);
  assert.equal(clock.now(), 61_000);
});

test('it never goes back, and stays near the page’s clock, however late messages are and however the card drifts', () => {
  const steps = fc.array(fc.record({ passedMs: fc.integer({ min: 1, max: 5_000 }), lateMs: fc.nat(300) }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, fc.double({ min: -150, max: 150, noNaN: true }), (given, driftPpm) => {
      let pageMs = 10_000;
      let audioMs = 0;
      const clock = new WorkletClock(() => audioMs);
      clock.set(pageMs);
      let last = clock.now();
      for (const { passedMs, lateMs } of given) {
        const sentAtMs = pageMs + passedMs;
        pageMs = sentAtMs + lateMs;
        audioMs += (passedMs + lateMs) * (1 + driftPpm / 1e6);
        const before = clock.now();
        clock.set(sentAtMs);
        // But for the last digit of a floating point number.
        assert.ok(before >= last - 1e-9 && clock.now() >= before - 1e-9, `${last} ${before} ${clock.now()}`);
        last = clock.now();
        assert.ok(last <= pageMs + 0.01 && last >= pageMs - lateMs - 0.01, `${last} at ${pageMs}`);
      }
    }),
  );
});

test('timers end in the order of their times, in the time of the card; a cleared one does not', () => {
  let audioMs = 0;
  const clock = new WorkletClock(() => audioMs);
  const ended: string[] = [];
  clock.setTimeout(() => ended.push('20'), 20);
  const third = clock.setTimeout(() => ended.push('15'), 15);
  clock.setTimeout(() => {
    ended.push('10');
    clock.clearTimeout(third);
  }, 10);
  clock.runTimers();
  assert.deepEqual(ended, []);
  audioMs = 25;
  clock.runTimers();
  clock.runTimers();
  assert.deepEqual(ended, ['10', '20']);
});
