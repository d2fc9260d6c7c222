/**
 * An utterance as a microphone records it: speech of a known level between silences of a known length, with noise. Pure.
 */
import { concatenate } from '../../../actors/sound/s16.ts';
import { SAMPLES_PER_MS } from '../../protocol/format.ts';

/** From the press of the button to the first word, and from the last word to the release. */
const LEAD_MS = 300;
export const TAIL_MS = 200;
/** Level of the speech, as the root mean square of its active windows, from 0 to 1: −26 dB, as ITU-T P.56 recommends. */
const SPEECH_RMS = 0.05;
const WINDOW = 10 * SAMPLES_PER_MS;
/** A window this far below the loudest one is not speech. */
const ACTIVE_SHARE = 0.03;
const FULL_SCALE = 32_768;

/** Cuts the silence at both ends and sets the level. Of silence nothing is left. */
export function trimSpeech(samples: Int16Array): Int16Array {
  const levels = windowLevels(samples);
  const loudest = Math.max(0, ...levels);
  const isActive = (rms: number) => rms > 0 && rms >= loudest * ACTIVE_SHARE;
  const first = levels.findIndex(isActive);
  if (first < 0) return new Int16Array(0);
  const last = levels.findLastIndex(isActive);
  const speech = samples.slice(first * WINDOW, (last + 1) * WINDOW);
  const gain = SPEECH_RMS / speechLevel(speech);
  return speech.map((sample) => clip(sample * gain));
}

/** The speech with silence before and after it. */
export function padSpeech(speech: Int16Array): Int16Array {
  return concatenate([new Int16Array(LEAD_MS * SAMPLES_PER_MS), speech, new Int16Array(TAIL_MS * SAMPLES_PER_MS)]);
}

/**
 * Adds noise to the whole utterance, this many dB below its speech.
 *
 * @param noise at least as long
 */
export function addNoise(utterance: Int16Array, noise: Float64Array, snrDb: number): Int16Array {
  const speech = speechLevel(utterance);
  const noiseRms = rmsOf(noise, 0, utterance.length);
  if (speech === 0 || noiseRms === 0) return utterance;
  const gain = (FULL_SCALE * speech) / noiseRms / 10 ** (snrDb / 20);
  return utterance.map((sample, i) => clip(sample + gain * (noise[i] ?? 0)));
}

/** The root mean square of the windows with speech, from 0 to 1. */
export function speechLevel(samples: Int16Array): number {
  const levels = windowLevels(samples);
  const loudest = Math.max(0, ...levels);
  const active = levels.filter((rms) => rms > 0 && rms >= loudest * ACTIVE_SHARE);
  if (active.length === 0) return 0;
  return Math.sqrt(active.reduce((sum, rms) => sum + rms * rms, 0) / active.length) / FULL_SCALE;
}

function windowLevels(samples: Int16Array): number[] {
  const windows = Math.ceil(samples.length / WINDOW);
  return Array.from({ length: windows }, (_, i) => rmsOf(samples, i * WINDOW, (i + 1) * WINDOW));
}

function rmsOf(samples: ArrayLike<number>, from: number, to: number): number {
  const end = Math.min(to, samples.length);
  let sum = 0;
  for (let i = from; i < end; i++) sum += (samples[i] ?? 0) ** 2;
  return end > from ? Math.sqrt(sum / (end - from)) : 0;
}

function clip(sample: number): number {
  return Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, Math.round(sample)));
}
