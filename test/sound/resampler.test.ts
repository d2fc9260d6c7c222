import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createResampler } from '../../actors/sound/resampler.ts';

/** The attenuation of a tone, in dB. */
async function gainDb(toneHz: number, fromHz: number, toHz: number): Promise<number> {
  const resampler = await createResampler(fromHz, toHz);
  const tone = Float32Array.from({ length: fromHz }, (_, i) => 0.5 * Math.sin((2 * Math.PI * toneHz * i) / fromHz));
  const out: number[] = [];
  for (let at = 0; at < tone.length; at += fromHz / 50)
    out.push(...resampler.push(tone.subarray(at, at + fromHz / 50)));
  resampler.close();
  const steady = out.slice(out.length / 2);
  const rms = Math.sqrt(steady.reduce((sum, sample) => sum + sample * sample, 0) / steady.length);
  return 20 * Math.log10((rms * Math.SQRT2) / 0.5 + 1e-9);
}

for (const [fromHz, toHz] of [
  [48_000, 16_000],
  [16_000, 48_000],
  [44_100, 16_000],
] as const) {
  test(`a card of ${Math.max(fromHz, toHz)} Hz keeps speech up to 7 kHz (${fromHz} to ${toHz})`, async () => {
    for (const toneHz of [300, 3_000, 6_500, 7_000]) {
      const db = await gainDb(toneHz, fromHz, toHz);
      assert.ok(Math.abs(db) < 1, `${toneHz} Hz: ${db.toFixed(1)} dB`);
    }
    if (toHz === 16_000) assert.ok((await gainDb(9_000, fromHz, toHz)) < -80);
  });
}
