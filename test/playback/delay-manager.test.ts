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

for (const packetMs of [20, 60]) {
  test(`after the first three short replies on a quiet path the delay is shorter, with packets of ${packetMs} ms`, () => {
    const delayManager = new DelayManager();
    const reply = () => {
      delayManager.renew(LIVE);
      for (let ms = 0; ms < 540; ms += packetMs) delayManager.observe(ms % 3 === 0 ? 1 : 0.3, packetMs);
      return delayManager.targetMs;
    };
    const targetsMs = [reply(), reply(), reply(), reply()];
    assert.equal(targetsMs[0], 20);
    assert.ok((targetsMs[3] ?? 20) <= 14, `targets ${targetsMs.join(', ')} ms`);
  });
}
