/** The conditions in which speech is heard: its speed, and the noise behind it. Seeded. */
import { createResampler } from '../../../actors/sound/resampler.ts';
import { concatenate, toFloat, toS16 } from '../../../actors/sound/s16.ts';
import { SAMPLE_RATE_HZ } from '../../protocol/format.ts';
import { seedOf, whiteNoise } from '../eval/noise.ts';
import { addNoise, placeSpeech } from '../eval/utterance.ts';

/** In dB below the speech; undefined: none. */
export type NoiseDb = number | undefined;

/** After silence of this length a wake word model knows nothing of before. */
const LEAD_SAMPLES = 1.6 * SAMPLE_RATE_HZ;
const TAIL_SAMPLES = 0.8 * SAMPLE_RATE_HZ;
/** Silence of a real microphone, as the root mean square of samples of 16 bits. */
const FLOOR_RMS = 4;

/** Faster and higher, or slower and lower: a voice like another person's. */
export async function atSpeed(speech: Int16Array, speed: number): Promise<Int16Array> {
  if (speed === 1) return speech;
  const resampler = await createResampler(Math.round(SAMPLE_RATE_HZ * speed), SAMPLE_RATE_HZ);
  const parts = [resampler.push(toFloat(speech)), resampler.flush()].map(toS16);
  resampler.close();
  return concatenate(parts);
}

export interface HeardSpeech {
  samples: Int16Array;
  /** The first sample and the one after the last of the speech. */
  from: number;
  to: number;
}

/** The speech at a known level between silences, with noise everywhere. `key`: the same gets the same noise. */
export function inNoise(speech: Int16Array, noiseDb: NoiseDb, key: string): HeardSpeech {
  const placed = placeSpeech(speech);
  const samples = new Int16Array(LEAD_SAMPLES + placed.length + TAIL_SAMPLES);
  samples.set(placed, LEAD_SAMPLES);
  const noise = whiteNoise(samples.length, seedOf(key));
  const heard =
    noiseDb === undefined
      ? samples.map((sample, i) => Math.round(sample + FLOOR_RMS * (noise[i] ?? 0)))
      : addNoise(samples, noise, noiseDb);
  const isLoud = (sample: number) => Math.abs(sample) > 300;
  return { samples: heard, from: samples.findIndex(isLoud), to: samples.findLastIndex(isLoud) + 1 };
}
