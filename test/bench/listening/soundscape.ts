/**
 * Sentences with silence between them, in noise: what the listener hears, and when somebody really speaks. Without a
 * room, so that only the detector and its rules are measured. Seeded.
 */
import { SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import { babble, whiteNoise } from '../../../src/tools/eval/noise.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';
import { music } from '../../room/sounds.ts';
import type { Spoken } from '../room/speech.ts';

export const CONDITIONS = ['clean', 'white 10 dB', 'music 20 dB', 'babble 20 dB', 'babble 10 dB'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** Of the active parts of speech, as a share of full scale: −26 dB. */
const SPEECH_RMS = 32_768 * 10 ** (-26 / 20);
/** A quiet room: −78 dB. */
const FLOOR_RMS = 32_768 * 10 ** (-78 / 20);
const SILENCE_MS = [1_200, 2_800] as const;

export interface Soundscape {
  samples: Int16Array;
  /** Of each sentence, from its first sound to its last. */
  utterances: { fromMs: number; toMs: number }[];
}

/** @param silenceMs before each sentence; after the last one as much */
export function soundscape(
  sentences: readonly Spoken[],
  condition: Condition,
  {
    seed,
    babblers,
    silenceMs = SILENCE_MS,
  }: { seed: number; babblers: readonly Int16Array[]; silenceMs?: readonly [number, number] },
): Soundscape {
  const random = createRandom(seed);
  const gaps = [...sentences, undefined].map(() => Math.round(silenceMs[0] + random() * (silenceMs[1] - silenceMs[0])));
  const length =
    gaps.reduce((sum, ms) => sum + ms * SAMPLES_PER_MS, 0) +
    sentences.reduce((sum, said) => sum + said.samples.length, 0);
  const mixed = scaled(whiteNoise(length, seed), FLOOR_RMS);
  const utterances: Soundscape['utterances'] = [];
  let at = 0;
  for (const [i, { samples, fromMs, toMs }] of sentences.entries()) {
    at += (gaps[i] ?? 0) * SAMPLES_PER_MS;
    const active = samples.subarray(fromMs * SAMPLES_PER_MS, toMs * SAMPLES_PER_MS);
    const gain = SPEECH_RMS / (rms(active) || 1);
    for (let k = 0; k < samples.length; k++) mixed[at + k] = (mixed[at + k] ?? 0) + gain * (samples[k] ?? 0);
    utterances.push({ fromMs: at / SAMPLES_PER_MS + fromMs, toMs: at / SAMPLES_PER_MS + toMs });
    at += samples.length;
  }
  const noise = noiseOf(condition, length, seed, babblers);
  if (noise) for (let k = 0; k < length; k++) mixed[k] = (mixed[k] ?? 0) + (noise[k] ?? 0);
  return {
    samples: Int16Array.from(mixed, (value) => Math.max(-32_768, Math.min(32_767, Math.round(value)))),
    utterances,
  };
}

function noiseOf(condition: Condition, length: number, seed: number, babblers: readonly Int16Array[]) {
  const [kind, db] = condition.split(' ');
  const level = SPEECH_RMS * 10 ** (-Number(db) / 20);
  if (kind === 'white') return scaled(whiteNoise(length, seed + 1), level);
  if (kind === 'babble') return scaled(babble(babblers, length, seed + 2), level);
  if (kind !== 'music') return undefined;
  const song = music(60, seed + 3);
  return scaled(
    Float64Array.from({ length }, (_, i) => song[i % song.length] ?? 0),
    level,
  );
}

function scaled(samples: Float64Array, toRms: number): Float64Array {
  const gain = toRms / (rms(samples) || 1);
  return samples.map((value) => value * gain);
}

function rms(samples: Int16Array | Float64Array): number {
  let squares = 0;
  for (const value of samples) squares += value * value;
  return Math.sqrt(squares / Math.max(1, samples.length));
}
