import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EARCONS, synthesiseEarcon } from '../../actors/earcons/earcons.ts';
import { largestJump } from '../support/packets.ts';

test('every earcon is short and softer than speech, begins and ends in silence, without a click', () => {
  for (const name of EARCONS) {
    const samples = synthesiseEarcon(name);
    const peak = Math.max(...samples.map(Math.abs));
    assert.ok(samples.length / 16 <= 300, `${name} is ${samples.length / 16} ms long`);
    assert.ok(peak < 32_768 / 4 && peak > 1_000, `the peak of ${name} is ${peak}`);
    assert.ok(Math.abs(samples[0] ?? 0) < 10 && Math.abs(samples.at(-1) ?? 0) < 10);
    // The slope of 990 Hz and its octave is half of their peak; two notes overlap.
    assert.ok(largestJump(samples) < peak * 0.7, name);
  }
});

test('they are different, and the same each time', () => {
  const all = EARCONS.map((name) => [...synthesiseEarcon(name)].join());
  assert.equal(new Set(all).size, EARCONS.length);
  assert.deepEqual(
    EARCONS.map((name) => [...synthesiseEarcon(name)].join()),
    all,
  );
});
