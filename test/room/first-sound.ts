/**
 * Whether the first sound of what was said is in a recording, at its time. Pure.
 */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { throughCodec } from '../support/speech.ts';

/** The first sounds of speech. */
const LENGTH_MS = 200;
/** Times are told in whole ms. */
const TOLERANCE = SAMPLES_PER_MS;
/** A phoneme that is missing, or is elsewhere by a few ms, correlates less; noise 20 dB below the speech leaves 0.9. */
export const KEPT = 0.7;

export interface FirstSound {
  /** What was recorded, after the codec, and when its first sample was recorded. */
  recording: Int16Array;
  recordedFromMs: number;
  /** What arrived at the microphone, and when. */
  said: Int16Array;
  saidFromMs: number;
  /** Of its first sound. */
  soundFromMs: number;
}

/** The correlation of the recording with what was said, −1 to 1, over its first 200 ms: at the time at which it was said. */
export function firstSoundCorrelation({
  recording,
  recordedFromMs,
  said,
  saidFromMs,
  soundFromMs,
}: FirstSound): number {
  const lead = Math.round((saidFromMs - recordedFromMs) * SAMPLES_PER_MS);
  const from = Math.round((soundFromMs - recordedFromMs) * SAMPLES_PER_MS);
  const to = from + LENGTH_MS * SAMPLES_PER_MS;
  if (from < 0) return 0;
  // The codec changes the wave: what was said passes it, too.
  const asRecorded = throughCodec(
    Int16Array.from({ length: to + LENGTH_MS * SAMPLES_PER_MS }, (_, i) => said[i - lead] ?? 0),
  );
  let best = 0;
  for (let shift = -TOLERANCE; shift <= TOLERANCE; shift++) {
    best = Math.max(best, correlation(asRecorded, recording, from, to, shift));
  }
  return best;
}

function correlation(a: Int16Array, b: Int16Array, from: number, to: number, shift: number): number {
  let [product, energyA, energyB] = [0, 0, 0];
  for (let i = from; i < to; i++) {
    const [x, y] = [a[i] ?? 0, b[i + shift] ?? 0];
    product += x * y;
    energyA += x * x;
    energyB += y * y;
  }
  return product / (Math.sqrt(energyA * energyB) || 1);
}
