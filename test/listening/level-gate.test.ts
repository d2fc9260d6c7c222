import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLevelGate, levelOf } from '../../actors/listening/level-gate.ts';
import { seededRandom } from '../support/random.ts';

const random = seededRandom(1);

/** The level of 20 ms of noise of about this level, in dB of full scale. */
function noise(db: number): number {
  const size = 32_768 * 10 ** (db / 20) * Math.sqrt(3);
  return levelOf(Int16Array.from({ length: 320 }, () => Math.round((2 * random.next() - 1) * size)));
}

function learnt(levels: (i: number) => number, frames = 300) {
  const gate = createLevelGate();
  for (let i = 0; i < frames; i++) gate.aboveDb(noise(levels(i)), true);
  return gate;
}

/** The lowest level that is passed. */
const thresholdOf = (gate: ReturnType<typeof createLevelGate>) => {
  for (let db = -99; db <= 0; db++) if (gate.aboveDb(noise(db), false) >= 0) return db;
  return 1;
};

test('above steady noise everything is passed, above one that goes up and down only what is much louder', () => {
  const steady = thresholdOf(learnt(() => -50));
  assert.ok(steady >= -48 && steady <= -46, `${steady}`);
  const talkers = thresholdOf(learnt((i) => (i % 20 < 6 ? -60 : -50)));
  assert.ok(talkers >= -41 && talkers <= -39, `${talkers}`);
});

test('before it has learnt the background, it passes everything', () => {
  assert.ok(learnt(() => -50, 49).aboveDb(noise(-80), false) >= 0);
  assert.ok(learnt(() => -50, 50).aboveDb(noise(-80), false) < 0);
});

test('it learns a new background in four seconds, and nothing from speech to the device', () => {
  const gate = learnt(() => -70);
  for (let i = 0; i < 500; i++) assert.ok(gate.aboveDb(noise(-30), false) >= 0);
  assert.ok(thresholdOf(gate) < -60);
  for (let i = 0; i < 200; i++) gate.aboveDb(noise(-40), true);
  assert.ok(thresholdOf(gate) > -40);
});

test('digital silence is a background, too', () => {
  const gate = createLevelGate();
  for (let i = 0; i < 300; i++) gate.aboveDb(levelOf(new Int16Array(320)), true);
  assert.ok(gate.aboveDb(noise(-60), true) >= 0);
});

test('what was taken for speech is learnt when it was none', () => {
  const gate = learnt(() => -70);
  for (let i = 0; i < 500; i++) assert.ok(gate.aboveDb(noise(-40), false) >= 0);
  gate.learnLastSpeech();
  assert.ok(thresholdOf(gate) > -40);
});

test('only the last speech is learnt, and once', () => {
  const gate = learnt(() => -70);
  for (let i = 0; i < 100; i++) gate.aboveDb(noise(-20), false);
  gate.aboveDb(noise(-70), true);
  gate.aboveDb(noise(-60), false);
  gate.learnLastSpeech();
  gate.learnLastSpeech();
  assert.ok(thresholdOf(gate) < -60);
});
