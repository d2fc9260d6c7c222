/**
 * A tone as something that is said, and how much of a recording it is.
 */
const TONE_HZ = 600;

/** At 16 kHz, 12 dB below full scale. */
export function tone(ms: number): Int16Array {
  return Int16Array.from({ length: ms * 16 }, (_, i) => 8_192 * Math.sin((2 * Math.PI * TONE_HZ * i) / 16_000));
}

/** How much of the energy of a recording is the tone, in windows of 20 ms: a busy machine leaves gaps, which change its phase. */
export function toneShare(samples: Int16Array, sampleRateHz: number): number {
  const window = sampleRateHz / 50;
  let energy = 0;
  let inTone = 0;
  for (let from = 0; from + window <= samples.length; from += window) {
    let [re, im, all] = [0, 0, 0];
    for (let i = 0; i < window; i++) {
      const sample = samples[from + i] ?? 0;
      const angle = (2 * Math.PI * TONE_HZ * i) / sampleRateHz;
      re += sample * Math.cos(angle);
      im += sample * Math.sin(angle);
      all += sample * sample;
    }
    energy += all;
    inTone += (2 * (re * re + im * im)) / window;
  }
  return energy > 0 ? inTone / energy : 0;
}
