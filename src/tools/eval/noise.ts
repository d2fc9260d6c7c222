/**
 * Noise to recognise speech in: white, and babble, which is several people talking at once. Seeded: the same utterance always
 * gets the same noise. Pure.
 */
import { createHash } from 'node:crypto';
import { createRandom } from '../simulation/random.ts';

export const NOISE_KINDS = ['white', 'babble'] as const;
export type NoiseKind = (typeof NOISE_KINDS)[number];

export interface Noise {
  kind: NoiseKind;
  /** How much louder the speech is: the mean power of its active parts against that of the noise. */
  snrDb: number;
}

const TALKERS = 6;

/** `white:20`, `babble:10`, `20` (each kind at 20 dB), `none`. @returns undefined for anything else */
export function parseNoises(list: string): (Noise | undefined)[] | undefined {
  const parsed = list.split(',').map((each) => parseNoise(each.trim()));
  return parsed.some((each) => each === undefined) ? undefined : parsed.flatMap((each) => each ?? []);
}

function parseNoise(spelling: string): (Noise | undefined)[] | undefined {
  if (spelling === 'none') return [undefined];
  const [, kind, db] = /^(?:(white|babble):)?(-?\d{1,2}(?:\.\d)?)$/.exec(spelling) ?? [];
  if (db === undefined) return undefined;
  const kinds = kind === undefined ? NOISE_KINDS : [kind as NoiseKind];
  return kinds.map((each) => ({ kind: each, snrDb: Number(db) }));
}

export function describeNoise(noise: Noise | undefined): string {
  return noise ? `${noise.kind} ${noise.snrDb} dB` : 'clean';
}

/** A seed for a text. */
export function seedOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32LE(0);
}

/** Normally distributed samples (Box and Muller). */
export function whiteNoise(samples: number, seed: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: samples }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return radius * Math.cos(2 * Math.PI * random());
  });
}

/**
 * Talkers who speak at once, each from a random place of a random text, again and again.
 *
 * @param speech of several talkers, trimmed and of one level; none of it is empty
 */
export function babble(speech: readonly Int16Array[], samples: number, seed: number): Float64Array {
  const random = createRandom(seed);
  const mixed = new Float64Array(samples);
  for (let talker = 0; talker < TALKERS; talker++) {
    const said = speech[(talker + Math.floor(random() * speech.length)) % speech.length] ?? new Int16Array(1);
    const from = Math.floor(random() * said.length);
    for (let i = 0; i < samples; i++) mixed[i] = (mixed[i] ?? 0) + (said[(from + i) % said.length] ?? 0);
  }
  return mixed;
}
