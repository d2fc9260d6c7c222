/** Who pauses for long is waited for longer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GOES_ON_WITHIN_MS, MAX_WAIT_FACTOR, WaitFactors } from '../../../actors/assistant/endpointing/wait-factor.ts';
import fc from '../../support/fast-check.ts';

interface Turn {
  /** From the end of the one before. */
  apartMs?: number;
  isNoise?: boolean;
  device?: string;
}

/** Utterances of 2 s. */
function person() {
  const factors = new WaitFactors();
  let nowMs = 0;
  return ({ apartMs = 5_000, isNoise = false, device = 'kitchen' }: Turn) => {
    nowMs += apartMs;
    const { factor, goesOn, end } = factors.begin(device, nowMs);
    nowMs += 2_000;
    if (!isNoise) end(nowMs);
    return { factor: Math.round(10_000 * factor) / 10_000, goesOn };
  };
}

const GOES_ON = { apartMs: GOES_ON_WITHIN_MS };

test('who goes on right after an end is waited for longer in the rest of the sentence; once is chance', () => {
  const speak = person();
  assert.deepEqual(speak({}), { factor: 1, goesOn: false });
  assert.deepEqual(speak(GOES_ON), { factor: 1.25, goesOn: true });
  assert.deepEqual(speak({ apartMs: GOES_ON_WITHIN_MS + 1 }), { factor: 1, goesOn: false });
});

test('who goes on again and again is waited for longer, until that is some turns ago', () => {
  const speak = person();
  for (let i = 0; i < 2; i++) {
    speak({});
    speak(GOES_ON);
  }
  for (const factor of [1.2125, 1.175, 1.1375, 1.1, 1.0625, 1.025, 1]) assert.equal(speak({}).factor, factor);
});

test('a device waits half as long again at most, and forgets that as soon as less', () => {
  const speak = person();
  speak({});
  for (const factor of [1.25, 1.5, 1.5, 1.5, 1.5]) assert.equal(speak(GOES_ON).factor, factor);
  for (const factor of [1.5, 1.4625]) assert.equal(speak({}).factor, factor);
});

test('of a noise nothing is learnt', () => {
  const speak = person();
  speak({});
  assert.deepEqual(speak({ ...GOES_ON, isNoise: true }), { factor: 1.25, goesOn: true });
  assert.deepEqual(speak({ apartMs: 0 }), { factor: 1, goesOn: false }, 'it is 3.6 s after the end');
});

test('another device, and somebody ten minutes later, begin anew', () => {
  const speak = person();
  for (let i = 0; i < 3; i++) speak(GOES_ON);
  assert.deepEqual(speak({ apartMs: 500, device: 'bath' }), { factor: 1, goesOn: false });
  assert.equal(speak({ apartMs: 600_000 - 2_500 }).factor, 1.25);
  assert.equal(speak({ apartMs: 600_001 }).factor, 1);
});

test('a thousand devices are remembered, those that spoke last', () => {
  const factors = new WaitFactors();
  const isRest = (device: string) => factors.begin(device, 1_000).goesOn;
  for (let i = 0; i <= 1_000; i++) factors.begin(`${i}`, 0).end(0);
  factors.begin('1', 0).end(0);
  factors.begin('new', 0).end(0);
  assert.deepEqual(['0', '1', '2', '3', 'new'].map(isRest), [false, true, false, true, true]);
});

test('whatever happens, waits are never shorter than usual', () => {
  const turn = fc.record({
    apartMs: fc.integer({ min: 0, max: 700_000 }),
    isNoise: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(turn), (turns) => {
      const speak = person();
      for (const each of turns) {
        const { factor } = speak(each);
        assert.ok(factor >= 1 && factor <= MAX_WAIT_FACTOR);
      }
    }),
  );
});
