import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLevelGate } from '../../actors/listening/level-gate.ts';
import { seededRandom } from '../support/random.ts';

const random = seededRandom(1);

/** 20 ms of noise of this level, in dB of full scale. */
function noise(db: number): Int16Array {
  const size = 32_768 * 10 ** (db / 20) * Math.sqrt(3);
  return Int16Array.from({ length: 320 }, () => Math.round((2 * random.next() - 1) * size));
}

function learnt(levels: (i: number) => number, frames = 300) {
  const gate = createLevelGate();
  for (let i = 0; i < frames; i++) gate.isLoud(noise(levels(i)), true);
  return gate;
}

/** The lowest level that is passed. */
const thresholdOf = (gate: ReturnType<typeof createLevelGate>) => {
  for (let db = -99; db <= 0; db++) if (gate.isLoud(noise(db), false)) return db;
  return 1;
};

test('above steady noise everything is passed, above one that goes up and down only what is much louder', () => {
  const steady = thresholdOf(learnt(() => -50));
  assert.ok(steady >= -48 && steady <= -46, `${steady}`);
  const talkers = thresholdOf(learnt((i) => (i % 20 < 6 ? -60 : -50)));
  assert.ok(talkers >= -41 && talkers <= -39, `${talkers}`);
});

test('before it has learnt the background, it passes everything', () => {
  assert.ok(learnt(() => -50, 49).isLoud(noise(-80), false));
  assert.ok(!learnt(() => -50, 50).isLoud(noise(-80), false));
});

test('it learns a new background in four seconds, and nothing from speech to the device', () => {
  const gate = learnt(() => -70);
  for (let i = 0; i < 500; i++) assert.ok(gate.isLoud(noise(-30), false));
  assert.ok(thresholdOf(gate) < -60);
  for (let i = 0; i < 200; i++) gate.isLoud(noise(-40), true);
  assert.ok(thresholdOf(gate) > -40);
});

test('digital silence is a background, too', () => {
  const gate = createLevelGate();
  for (let i = 0; i < 300; i++) gate.isLoud(new Int16Array(320), true);
  assert.ok(gate.isLoud(noise(-60), true));
});
