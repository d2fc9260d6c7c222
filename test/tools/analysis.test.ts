import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWav } from '../../actors/sound/wav-format.ts';
import { type ClippedRun, createClippingDetector } from '../../src/core/signal/clipping.ts';
import { analyze } from '../../src/tools/analysis/analyze.ts';
import { sineWav } from '../sound/wav-files.ts';
import fc from '../support/fast-check.ts';
import { seededRandom } from '../support/random.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { wavOf } from '../support/wav-of.ts';

const speech = readSamples(SHORT_SPEECH);
const options = { silenceDb: -50, minSilenceMs: 300 };
const analyzed = (...channels: Int16Array[]) => analyze(parseWav(wavOf(channels), 'test.wav'), options);
const codes = ({ findings }: ReturnType<typeof analyze>) => findings.map(({ code }) => code);
const near = (actual: number, expected: number, tolerance = 0.05) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not near ${expected}`);

function noise(seconds: number, amplitude: number): Int16Array {
  const random = seededRandom(3);
  return Int16Array.from({ length: seconds * 16_000 }, () => Math.round(amplitude * (2 * random.next() - 1)));
}

test('the levels of a sine are correct', () => {
  for (const [sampleRateHz, encoding] of [
    [16_000, '16'],
    [44_100, '24'],
    [48_000, '32f'],
  ] as const) {
    const bytes = sineWav(encoding, { sampleRateHz, channels: 2, frequencyHz: 1_000, level: 0.5, durationMs: 1_000 });
    const { level, dcOffsetPercent, seconds, channels, noiseFloorDb } = analyze(parseWav(bytes, 'sine.wav'), options);
    near(level.peakDb, -6.02);
    near(level.rmsDb, -9.03);
    near(noiseFloorDb ?? 0, -9.03, 0.5);
    near(dcOffsetPercent, 0, 0.01);
    near(seconds, 1, 1e-3);
    assert.equal(channels, 2);
  }
});

test('real speech gives no findings', () => {
  const analysis = analyzed(speech);
  assert.deepEqual(analysis.findings, []);
  assert.equal(analysis.clipping.runs, 0);
});

test('silence is found at its position, with its share', () => {
  const loud = noise(1, 8_000);
  const quiet = noise(1, 20);
  const whole = new Int16Array(16_000 * 4);
  whole.set(loud, 0);
  whole.set(quiet, 16_000);
  whole.set(loud, 32_000);
  whole.set(quiet.subarray(0, 4_000), 48_000); // 250 ms: a pause, no silence
  whole.set(loud.subarray(0, 12_000), 52_000);
  const { silence, noiseFloorDb } = analyzed(whole);
  assert.deepEqual(silence.stretches, [{ fromMs: 1_000, toMs: 2_000 }]);
  near(silence.share, 0.25, 1e-9);
  near(noiseFloorDb ?? 0, 20 * Math.log10(20 / Math.sqrt(3) / 32_768), 0.6);
});

test('a DC offset does not count as sound', () => {
  const offset = noise(1, 3).map((sample) => sample + 1_638);
  const analysis = analyzed(offset);
  near(analysis.dcOffsetPercent, 5);
  assert.deepEqual(analysis.silence.stretches, [{ fromMs: 0, toMs: 1_000 }]);
  assert.deepEqual(codes(analysis), ['dc_offset']);
});

test('a recording of zeros is reported only as a muted microphone', () => {
  const analysis = analyzed(new Int16Array(16_000));
  assert.deepEqual(codes(analysis), ['no_sound']);
  assert.equal(analysis.silence.share, 1);
  assert.match(analysis.findings[0]?.hint ?? '', /muted/);
});

test('quiet, clipped and noisy recordings are reported with a hint', () => {
  assert.deepEqual(codes(analyzed(speech.map((sample) => sample / 100))), ['too_quiet']);
  assert.deepEqual(codes(analyzed(noise(1, 2_000))), ['noisy']);
  const loud = speech.map((sample) => Math.max(-32_768, Math.min(32_767, sample * 8)));
  assert.ok(codes(analyzed(loud)).includes('clipped'));
});

test('clipping in one channel is not hidden by the other', () => {
  const [left, right] = [new Int16Array(16_000).fill(100), new Int16Array(16_000).fill(100)];
  right.fill(-32_768, 8_000, 8_010);
  const { clipping } = analyzed(left, right);
  assert.deepEqual([clipping.runs, clipping.samples, clipping.longestMs], [1, 10, 0.625]);
  assert.deepEqual(clipping.first, [{ atMs: 500, channel: 2 }]);
});

test('a full-scale sine is not clipped', () => {
  for (const frequencyHz of [100, 440, 3_000]) {
    const bytes = sineWav('16', { sampleRateHz: 16_000, frequencyHz, level: 1, durationMs: 500 });
    assert.equal(analyze(parseWav(bytes, 'sine.wav'), options).clipping.runs, 0);
  }
});

test('runs of saturated samples are found, for any block size', () => {
  const sample = fc.constantFrom(0, 100, 32_767, -32_768);
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 200 }), fc.array(fc.nat(20)), (samples, cuts) => {
      const whole = Int16Array.from(samples);
      const expected = expectedRuns(whole, 3);
      const runs: ClippedRun[] = [];
      const detector = createClippingDetector({ fullScale: 32_767, minSamples: 3, onRun: (run) => runs.push(run) });
      let at = 0;
      for (const cut of [...cuts, whole.length]) {
        detector.add(whole.subarray(at, at + cut));
        at += cut;
      }
      detector.finish();
      assert.deepEqual(runs, expected);
    }),
  );
});

/** The same with a regular expression. */
function expectedRuns(samples: Int16Array, min: number): ClippedRun[] {
  const text = [...samples].map((sample) => (sample > 32_000 ? '+' : sample < -32_000 ? '-' : '.')).join('');
  return [...text.matchAll(/\++|-+/g)].flatMap(({ 0: run, index }) =>
    run.length >= min ? [{ at: index, samples: run.length }] : [],
  );
}
