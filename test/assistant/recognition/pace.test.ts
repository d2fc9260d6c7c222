import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atPace } from '../../../actors/assistant/recognition/pace.ts';

const SAMPLES = 16_000;
const tone = (hz: number) =>
  Float32Array.from({ length: SAMPLES }, (_, i) => Math.sin((2 * Math.PI * hz * i) / SAMPLES));

test('at another pace a tone has another pitch and another length, and the same level', () => {
  for (const pace of [0.95, 1.05]) {
    const result = atPace(tone(1_000), pace);
    assert.equal(result.length, Math.floor(SAMPLES / pace));
    const expected = tone(1_000 * pace);
    // At both ends the tone begins and ends suddenly.
    for (let i = 50; i < result.length - 50 && i < SAMPLES; i++) {
      assert.ok(Math.abs((result[i] ?? 0) - (expected[i] ?? 0)) < 0.01, `sample ${i} at ${pace}`);
    }
  }
});

test('what would be above half of the rate is left out, and the own pace changes nothing', () => {
  const loudest = Math.max(...atPace(tone(7_900), 1.3).subarray(100, -100));
  assert.ok(loudest < 0.05, `${loudest}`);
  const samples = tone(440);
  assert.equal(atPace(samples, 1), samples);
});
