/**
 * An utterance as a microphone records it: speech of a known level between silences of a known length, with noise. Pure.
 */
import { rootMeanSquare } from '../../core/signal/root-mean-square.ts';
import { SAMPLES_PER_MS } from '../../protocol/format.ts';

/** From the press of the button to the first word, and from the last word to the release. */
const LEAD_MS = 300;
const TAIL_MS = 200;
/** Of the recording's own silence. */
const MARGIN_MS = 150;
/** Level of the speech, as the root mean square of its active windows, from 0 to 1: −26 dB, as ITU-T P.56 recommends. */
const SPEECH_RMS = 0.05;
const WINDOW = 10 * SAMPLES_PER_MS;
/** A window this far below the loudest one is not speech. */
const ACTIVE_SHARE = 0.03;
const FULL_SCALE = 32_768;

/**
 * The speech, with silence of a known length before its first and after its last active window, and at a known level. Next to
 * the speech the silence is the recording's own, because a soft beginning or end of a word is not active. Of silence nothing is
 * left.
 */
export function placeSpeech(samples: Int16Array): Int16Array {
  const { first, end } = activeRange(samples);
  if (end === 0) return new Int16Array(0);
  const from = Math.max(0, first - MARGIN_MS * SAMPLES_PER_MS);
  const to = Math.min(samples.length, end + MARGIN_MS * SAMPLES_PER_MS);
  const gain = SPEECH_RMS / speechLevel(samples);
  const placed = new Int16Array(LEAD_MS * SAMPLES_PER_MS + (end - first) + TAIL_MS * SAMPLES_PER_MS);
  placed.set(
    samples.subarray(from, to).map((sample) => clip(sample * gain)),
    LEAD_MS * SAMPLES_PER_MS - (first - from),
  );
  return placed;
}

/** The first sample of the first active window, and the end of the last one: 0 when none is. */
export function activeRange(samples: Int16Array): { first: number; end: number } {
  const levels = windowLevels(samples);
  const loudest = Math.max(0, ...levels);
  const isActive = (rms: number) => rms > 0 && rms >= loudest * ACTIVE_SHARE;
  return { first: levels.findIndex(isActive) * WINDOW, end: (levels.findLastIndex(isActive) + 1) * WINDOW };
}

/**
 * Adds noise to the whole utterance, this many dB below its speech.
 *
 * @param noise at least as long
 */
export function addNoise(utterance: Int16Array, noise: Float64Array, snrDb: number): Int16Array {
  const speech = speechLevel(utterance);
  const noiseRms = rootMeanSquare(noise, 0, utterance.length);
  if (speech === 0 || noiseRms === 0) return utterance;
  const gain = (FULL_SCALE * speech) / noiseRms / 10 ** (snrDb / 20);
  return utterance.map((sample, i) => clip(sample + gain * (noise[i] ?? 0)));
}

/** The root mean square of the windows with speech, from 0 to 1; the samples are in the range of 16 bits. */
export function speechLevel(samples: ArrayLike<number>): number {
  const levels = windowLevels(samples);
  const loudest = Math.max(0, ...levels);
  const active = levels.filter((rms) => rms > 0 && rms >= loudest * ACTIVE_SHARE);
  if (active.length === 0) return 0;
  return Math.sqrt(active.reduce((sum, rms) => sum + rms * rms, 0) / active.length) / FULL_SCALE;
}

function windowLevels(samples: ArrayLike<number>): number[] {
  const windows = Math.ceil(samples.length / WINDOW);
  return Array.from({ length: windows }, (_, i) => rootMeanSquare(samples, i * WINDOW, (i + 1) * WINDOW));
}

function clip(sample: number): number {
  return Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, Math.round(sample)));
}
