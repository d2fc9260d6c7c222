/**
 * The rule that finds pauses: in recorded speech, at any level, in noise, and in any pieces.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSpeechActivity } from '../../../actors/assistant/recognition/speech-activity.ts';
import fc from '../../support/fast-check.ts';
import { seededRandom } from '../../support/random.ts';
import { readSamples, SHORT_SPEECH, throughCodec } from '../../support/speech.ts';

const MS = 16;
const speech = throughCodec(readSamples(SHORT_SPEECH));

function withSilence(samples: Int16Array, beforeMs: number, afterMs: number): Int16Array {
  const all = new Int16Array(samples.length + (beforeMs + afterMs) * MS);
  all.set(samples, beforeMs * MS);
  return all;
}

function withNoise(samples: Int16Array, rms: number): Int16Array {
  const random = seededRandom(7);
  // Uniform noise from -a to a has the root mean square a / √3.
  return samples.map((sample) => sample + (random.next() * 2 - 1) * rms * Math.sqrt(3));
}

function measured(samples: Int16Array) {
  const activity = createSpeechActivity();
  activity.add(samples);
  return activity;
}

const near = (value: number, wanted: number, toleranceMs: number) =>
  assert.ok(Math.abs(value - wanted) <= toleranceMs * MS, `${value / MS} ms instead of ${wanted / MS} ms`);

test('begin and end of speech, at three levels', () => {
  const alone = measured(speech);
  for (const gain of [1, 0.2, 0.05]) {
    const activity = measured(withNoise(withSilence(speech, 700, 900), 20).map((sample) => sample * gain));
    near(activity.speechStart(), alone.speechStart() + 700 * MS, 100);
    near(activity.speechEnd(), alone.speechEnd() + 700 * MS, 150);
    near(activity.silence(), speech.length - alone.speechEnd() + 900 * MS, 150);
    assert.equal(activity.isSilent(), false);
  }
});

test('in noise the pause after the speech is found', () => {
  // 20 dB below the speech.
  const rms = Math.sqrt(speech.reduce((sum, sample) => sum + sample * sample, 0) / speech.length);
  const activity = measured(withNoise(withSilence(speech, 500, 800), rms / 10));
  near(activity.speechEnd(), 500 * MS + measured(speech).speechEnd(), 250);
  assert.ok(activity.silence() > 500 * MS);
});

test('how loud the noise behind the speech is', () => {
  const rms = Math.sqrt(speech.reduce((sum, sample) => sum + sample * sample, 0) / speech.length);
  const noise = (db: number) => measured(withNoise(withSilence(speech, 500, 800), rms / 10 ** (db / 20))).noise();
  assert.equal(measured(withSilence(speech, 500, 800)).noise(), 'none');
  assert.equal(noise(33), 'faint');
  assert.deepEqual([noise(20), noise(10)], ['loud', 'loud']);
});

test('a noise that begins is not speech for ever', () => {
  const activity = measured(withNoise(new Int16Array(20_000 * MS), 200));
  assert.ok(activity.silence() > 1_000 * MS || activity.speechEnd() === 0);
});

test('silence, and what is as quiet as silence', () => {
  for (const samples of [new Int16Array(8_000), new Int16Array(8_000).fill(3)]) {
    const activity = measured(samples);
    assert.equal(activity.isSilent(), true);
    assert.equal(activity.speechEnd(), 0);
    assert.equal(activity.silence(), 0);
    assert.equal(activity.speechStart(), samples.length);
  }
});

test('a click is no speech', () => {
  const samples = new Int16Array(16_000);
  samples.fill(20_000, 8_000, 8_100);
  assert.equal(measured(samples).speechEnd(), 0);
});

test('the pieces in which the samples arrive do not matter', () =>
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 8 }), (sizes) => {
      const activity = createSpeechActivity();
      for (let at = 0, piece = 0; at < speech.length; piece++) {
        const size = sizes[piece % sizes.length] ?? 1;
        activity.add(speech.subarray(at, at + size));
        at += size;
      }
      const whole = measured(speech);
      assert.deepEqual(
        [activity.speechStart(), activity.speechEnd(), activity.silence()],
        [whole.speechStart(), whole.speechEnd(), whole.silence()],
      );
    }),
    { numRuns: 30, seed: 5 },
  ));
