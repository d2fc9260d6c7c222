/** The resampler of a page: what it lets through, what it keeps out, and that blocks make no difference. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RationalResampler } from '../../src/client/browser/audio/worklet/rational-resampler.ts';
import fc from '../support/fast-check.ts';

/** Of telephones over Bluetooth up to studios. */
const CARD_RATES = [8_000, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000];
const SPEECH_HZ = 16_000;

function resample(samples: Float32Array, fromHz: number, toHz: number, blockLengths = [samples.length]): number[] {
  const resampler = new RationalResampler(fromHz, toHz);
  const out: number[] = [];
  for (let at = 0, i = 0; at < samples.length; i++) {
    const length = blockLengths[i % blockLengths.length] ?? samples.length;
    resampler.push(samples.subarray(at, at + length), (sample) => out.push(sample));
    at += length;
  }
  return out;
}

function tone(hz: number, rateHz: number, seconds = 0.5): Float32Array {
  return Float32Array.from({ length: rateHz * seconds }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rateHz));
}

/** Of the middle: at its ends there is half a filter. */
function levelDb(samples: readonly number[]): number {
  const middle = samples.slice(Math.floor(samples.length / 4), Math.floor((samples.length * 3) / 4));
  return 10 * Math.log10((2 * middle.reduce((sum, sample) => sum + sample * sample, 0)) / middle.length + 1e-12);
}

for (const rateHz of CARD_RATES) {
  test(`${rateHz} Hz: speech passes in both directions, and as many samples as there should be`, () => {
    const highestHz = Math.min(7_000, rateHz * 0.44);
    for (const hz of [200, 1_000, highestHz]) {
      for (const [from, to] of [
        [rateHz, SPEECH_HZ],
        [SPEECH_HZ, rateHz],
      ] as const) {
        const out = resample(tone(hz, from), from, to);
        assert.ok(Math.abs(out.length - to / 2) <= Math.ceil((25 * to) / Math.min(from, to)), `${out.length} samples`);
        const passedDb = levelDb(out);
        assert.ok(Math.abs(passedDb) < 0.5, `${hz} Hz from ${from} to ${to}: ${passedDb} dB`);
      }
    }
  });
}

test('what 16 kHz cannot hold is kept out, and a higher rate gets no images', () => {
  for (const rateHz of CARD_RATES.filter((rate) => rate >= 22_050)) {
    for (const hz of [9_500, 10_500]) {
      const alias = levelDb(resample(tone(hz, rateHz), rateHz, SPEECH_HZ));
      assert.ok(alias < -60, `${hz} Hz at ${rateHz}: ${alias} dB`);
    }
    const passed = tone(5_000, SPEECH_HZ);
    const image = resample(passed, SPEECH_HZ, rateHz);
    // The same tone, made at that rate and as much later, is all there is.
    const [re, im] = image.reduce(
      ([a, b], sample, i) => {
        const angle = (2 * Math.PI * 5_000 * i) / rateHz;
        return [a + sample * Math.cos(angle), b + sample * Math.sin(angle)] as [number, number];
      },
      [0, 0] as [number, number],
    );
    const energy = image.reduce((sum, sample) => sum + sample * sample, 0);
    assert.ok((2 * (re * re + im * im)) / image.length / energy > 0.99, `${rateHz} Hz has images`);
  }
});

test('blocks of any length give the same samples as one', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CARD_RATES),
      fc.array(fc.integer({ min: 1, max: 6_000 }), { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      (rateHz, blocks, isUp) => {
        const [from, to] = isUp ? [SPEECH_HZ, rateHz] : [rateHz, SPEECH_HZ];
        const samples = tone(700, from, 0.3);
        assert.deepEqual(resample(samples, from, to, blocks), resample(samples, from, to));
      },
    ),
    { numRuns: 40 },
  );
});

test('another stream has nothing of the one before', () => {
  const resampler = new RationalResampler(44_100, SPEECH_HZ);
  resampler.push(tone(500, 44_100), () => {});
  resampler.reset();
  const out: number[] = [];
  resampler.push(new Float32Array(4_410), (sample) => out.push(sample));
  assert.ok(out.length > 1_500);
  assert.ok(out.every((sample) => sample === 0));
});
