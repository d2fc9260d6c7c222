import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsualLateness } from '../../actors/playback/adaptive/usual-lateness.ts';
import { createRandom } from '../../src/tools/simulation/random.ts';
import fc from '../support/fast-check.ts';

test('jitter is usual, a stall in one of fifty packets is not', () => {
  const random = createRandom(3);
  const usual = new UsualLateness();
  for (let i = 0; i < 3_000; i++) usual.observe(i % 50 === 0 ? 250 : random() * 60, 20);
  assert.ok(usual.ms >= 56 && usual.ms <= 86, `${usual.ms} ms`);
});

test('a new usual lateness is learnt within half a minute, and forgotten as fast', () => {
  const usual = new UsualLateness();
  for (let i = 0; i < 1_000; i++) usual.observe(0, 60);
  assert.equal(usual.ms, 6);
  for (let i = 0; i < 100; i++) usual.observe(100, 60);
  assert.equal(usual.ms, 105);
  for (let i = 0; i < 2_000; i++) usual.observe(0, 60);
  assert.equal(usual.ms, 6);
});

test('at most one packet in twenty of the recent past is later than usual', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1_400, noNaN: true }), { minLength: 500, maxLength: 900 }),
      (delays) => {
        const usual = new UsualLateness();
        for (const delayMs of delays) usual.observe(delayMs, 60);
        const recent = delays.slice(-300);
        const beyond = recent.filter((delayMs) => delayMs > usual.ms).length;
        assert.ok(beyond / recent.length < 0.1, `${beyond} of ${recent.length} beyond ${usual.ms} ms`);
      },
    ),
  );
});
