import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPECIFIED_SETTINGS } from '../../actors/codec/encoder-settings.ts';
import { createSpectrum } from '../../src/core/signal/spectrum.ts';
import { FRAME_SIZES } from '../../src/protocol/format.ts';
import { compareQuality } from '../../src/tools/opus-trial/quality.ts';
import { tryFrameSize } from '../../src/tools/opus-trial/trial.ts';
import { seededRandom } from '../support/random.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';

const speech = readSamples(SHORT_SPEECH);
const random = seededRandom(1);
const noise = (amplitude: number) => speech.map((sample) => sample + amplitude * (random.next() - 0.5));

test('a spectrum has the power of the samples, each tone in its bin', () => {
  const size = 512;
  const tone = Float64Array.from({ length: size }, (_, i) => 1_000 * Math.cos((2 * Math.PI * 40 * i) / size));
  const power = createSpectrum(size).power(tone);
  assert.equal(power.indexOf(Math.max(...power)), 40);
  // With a Hann window a bin has half the amplitude, and each neighbour a quarter.
  assert.ok(Math.abs(Math.sqrt(power[40] ?? 0) / (size / 2) - 500) < 0.01);
  assert.ok(Math.abs(Math.sqrt(power[41] ?? 0) / (size / 2) - 250) < 0.01);
  assert.ok((power[44] ?? 0) < 1e-6);
});

test('identical sound has the best quality, and noise reduces it', () => {
  assert.deepEqual(compareQuality(speech, speech), { weightedSnrDb: 35, logSpectralDistanceDb: 0 });
  const all = [0, 20, 200, 2_000].map((amplitude) => compareQuality(speech, noise(amplitude)));
  for (const [i, quality] of all.entries()) {
    const before = all[i - 1];
    if (!quality || !before) continue;
    assert.ok(quality.weightedSnrDb < before.weightedSnrDb);
    assert.ok(quality.logSpectralDistanceDb > before.logSpectralDistanceDb);
  }
});

test('silence cannot be compared', () => {
  assert.equal(compareQuality(new Int16Array(16_000), new Int16Array(16_000)), undefined);
});

test('every frame size is encoded at about the requested bitrate, and a higher bitrate gives better quality', () => {
  const [low, high] = [24_000, 64_000].map((bitrate) =>
    FRAME_SIZES.map((frameSamples) => {
      const settings = { ...SPECIFIED_SETTINGS, bitrate, fec: false, dtx: false };
      return tryFrameSize(speech, frameSamples, { settings, now: () => performance.now() }).trial;
    }),
  );
  for (const [i, trial] of (low ?? []).entries()) {
    const better = high?.[i];
    assert.equal(trial.frames, Math.ceil((speech.length + 104) / (FRAME_SIZES[i] ?? 1)));
    assert.ok(Math.abs(trial.bitsPerSecond / 24_000 - 1) < 0.2, `${trial.bitsPerSecond} bit/s`);
    assert.ok(Math.abs(trial.ratio - 256_000 / trial.bitsPerSecond) < 0.01);
    assert.ok((better?.quality?.weightedSnrDb ?? 0) > (trial.quality?.weightedSnrDb ?? 99));
    assert.ok((better?.quality?.logSpectralDistanceDb ?? 99) < (trial.quality?.logSpectralDistanceDb ?? 0));
  }
});
