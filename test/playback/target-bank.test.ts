import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TargetBank } from '../../actors/playback/adaptive/target-bank.ts';

/** As in a live buffer. */
const LIVE = { mostMs: 4_000, keptMs: 1_000 };

test('a reply begins with what the ones before have taught of the path', () => {
  const bank = new TargetBank();
  const listen = (seconds: number, latenessMs: number) => {
    for (let ms = 0; ms < seconds * 1_000; ms += 60) bank.observe(latenessMs, 60);
  };
  bank.renew(LIVE);
  bank.observe(0, 60);
  const first = bank.targetMs;
  listen(20, 0);
  bank.renew(LIVE);
  bank.observe(0, 60);
  const later = bank.targetMs;
  assert.ok(later < first, `${later} ms after 20 clean seconds, ${first} ms before`);
  // A path that has changed is soon known as what it is.
  listen(5, 0);
  for (let i = 0; i < 40; i++) bank.observe(i % 4 === 0 ? 120 : 0, 60);
  assert.ok(bank.targetMs > 50, `${bank.targetMs} ms on a path with stalls of 120 ms`);
});
