/** The first sound of a word, in a pause with the noise of a room. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PauseSound } from '../../../actors/assistant/endpointing/pause-sound.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';

const WINDOW = 512;
const random = createRandom(5);
const noise = (levelDb: number) =>
  Float32Array.from({ length: WINDOW }, () => (random() - 0.5) * Math.sqrt(12) * 10 ** (levelDb / 20));

function pauseWith(windows: readonly Float32Array[]): boolean[] {
  const sound = new PauseSound();
  return windows.map((window) => sound.isLouder(window, false));
}

test('steady noise is no sound, whatever its level', () => {
  for (const levelDb of [-80, -50, -30]) {
    assert.deepEqual(pauseWith(Array.from({ length: 40 }, () => noise(levelDb))), Array(40).fill(false));
  }
});

test('what is 15 dB louder than the pause is one; the noise floor of a decoder is not', () => {
  assert.deepEqual(pauseWith([noise(-50), noise(-51), noise(-35), noise(-50)]), [false, false, true, false]);
  assert.deepEqual(pauseWith([new Float32Array(WINDOW), noise(-60)]), [false, false]);
});

test('the level of half a second ago counts no more: noise that has begun is the pause', () => {
  const windows = [noise(-60), ...Array.from({ length: 20 }, () => noise(-40))];
  assert.deepEqual(pauseWith(windows), [false, ...Array(16).fill(true), ...Array(4).fill(false)]);
});

test('a voice ends the pause: the next one has its own level', () => {
  const sound = new PauseSound();
  sound.isLouder(noise(-60), false);
  assert.equal(sound.isLouder(noise(-20), true), false);
  assert.equal(sound.isLouder(noise(-40), false), false);
});
