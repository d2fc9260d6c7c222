import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DelayManager } from '../../actors/playback/adaptive/delay-manager.ts';

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
