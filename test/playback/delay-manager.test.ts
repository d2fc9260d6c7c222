import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DelayManager } from '../../actors/playback/adaptive/delay-manager.ts';
import { createRandom } from '../../src/tools/simulation/random.ts';
import { exponential, inOrder } from '../support/traces.ts';

/** As in a live buffer. */
const LIVE = { maxMs: 4_000, remainingMs: 1_000 };

test('a reply starts with the statistics of the replies before on the same path', () => {
  const delayManager = new DelayManager();
  const listen = (seconds: number, latenessMs: number) => {
    for (let ms = 0; ms < seconds * 1_000; ms += 60) delayManager.observe(latenessMs, 60);
  };
  delayManager.renew(LIVE);
  delayManager.observe(0, 60);
  const first = delayManager.targetMs;
  listen(20, 0);
  delayManager.renew(LIVE);
  delayManager.observe(0, 60);
  const later = delayManager.targetMs;
  assert.ok(later < first, `${later} ms after 20 clean seconds, ${first} ms before`);
  // A change of the path is soon detected.
  listen(5, 0);
  for (let i = 0; i < 40; i++) delayManager.observe(i % 4 === 0 ? 120 : 0, 60);
  assert.ok(delayManager.targetMs > 50, `${delayManager.targetMs} ms on a path with stalls of 120 ms`);
});

for (const packetMs of [20, 60]) {
  test(`after the first three short replies on a quiet path the delay is shorter, with packets of ${packetMs} ms`, () => {
    const delayManager = new DelayManager();
    const reply = () => {
      delayManager.renew(LIVE);
      for (let ms = 0; ms < 540; ms += packetMs) delayManager.observe(ms % 3 === 0 ? 1 : 0.3, packetMs);
      return delayManager.targetMs;
    };
    const targetsMs = [reply(), reply(), reply(), reply()];
    assert.ok((targetsMs[0] ?? 99) <= 20, `targets ${targetsMs.join(', ')} ms`);
    assert.ok((targetsMs[3] ?? 99) <= 14, `targets ${targetsMs.join(', ')} ms`);
  });
}

/** The targets after so many packets of 20 ms of a path with these delays. */
function targetsOn(delaysMs: readonly number[], from = 1_500): number[] {
  const delayManager = new DelayManager();
  delayManager.renew(LIVE);
  const targetsMs = inOrder(delaysMs, 20).map((delayMs) => {
    delayManager.observe(delayMs, 20);
    return delayManager.targetMs;
  });
  return targetsMs.slice(from);
}

test('the target does not jump on a path whose delays do not change', () => {
  const random = createRandom(4_711);
  const targetsMs = targetsOn(Array.from({ length: 9_000 }, () => exponential(random, 30)));
  const jumpsMs = targetsMs.slice(1).map((targetMs, i) => Math.abs(targetMs - (targetsMs[i] ?? 0)));
  // That of the best player alone jumps by 35 ms.
  assert.ok(Math.max(...jumpsMs) < 12, `${Math.max(...jumpsMs)} ms`);
  assert.ok(Math.min(...targetsMs) > 120, `${Math.min(...targetsMs)} ms: the jitter is covered`);
});

test('rare stalls that only a very long delay would cover do not set the target', () => {
  for (const stallMs of [600, 1_200]) {
    const delaysMs = Array.from({ length: 6_000 }, (_, packet) => Math.max(0, stallMs - ((packet * 20) % 10_000)));
    const mostMs = Math.max(...targetsOn(delaysMs));
    assert.ok(mostMs < 150, `${mostMs} ms for stalls of ${stallMs} ms, six a minute`);
  }
});

test('short stalls that come often are covered', () => {
  const delaysMs = Array.from({ length: 6_000 }, (_, packet) => Math.max(0, 120 - ((packet * 20) % 1_000)));
  const leastMs = Math.min(...targetsOn(delaysMs));
  assert.ok(leastMs > 95, `${leastMs} ms for stalls of 120 ms, one a second`);
});

test('a path that has become better is known as such after two minutes, and one that has become worse after ten seconds', () => {
  const random = createRandom(815);
  const jitter = (packets: number) => Array.from({ length: packets }, () => exponential(random, 30));
  const clean = (packets: number) => new Array<number>(packets).fill(0);
  const [better = 99] = targetsOn([...jitter(6_000), ...clean(6_001)], 12_000);
  assert.ok(better < 60, `${better} ms after two minutes without jitter`);
  const [worse = 0] = targetsOn([...clean(6_000), ...jitter(501)], 6_500);
  assert.ok(worse > 80, `${worse} ms after ten seconds of jitter`);
});
