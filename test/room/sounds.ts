/**
 * Sounds of a home, seeded: noise, something like music, a television, a door. Levels are set where they are played. Pure.
 */
import { SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import { createRandom } from '../../src/tools/simulation/random.ts';

/** Fills the next samples of a noise that never ends. */
export type Noise = (out: Float64Array) => void;

export type NoiseColour = 'white' | 'pink';

/** Of the root mean square 1. */
export function noise(colour: NoiseColour, seed: number): Noise {
  const random = createRandom(seed);
  const white = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const next = colour === 'white' ? white : pinkOf(white);
  return (out) => {
    for (let i = 0; i < out.length; i++) out[i] = next();
  };
}

/** 3 dB less an octave: Kellet's filter of six poles, exact to 0.05 dB above 10 Hz, scaled to the root mean square 1. */
function pinkOf(white: () => number): () => number {
  const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
  const gains = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];
  const states = poles.map(() => 0);
  let delayed = 0;
  return () => {
    const value = white();
    let sum = delayed + value * 0.5362;
    for (let i = 0; i < poles.length; i++) {
      const state = (poles[i] ?? 0) * (states[i] ?? 0) + (gains[i] ?? 0) * value;
      states[i] = state;
      sum += state;
    }
    delayed = value * 0.115926;
    return sum * PINK_SCALE;
  };
}
/** Measured over a minute. */
const PINK_SCALE = 0.3;

const CHORDS = [
  [220, 261.63, 329.63],
  [174.61, 220, 261.63],
  [130.81, 196, 329.63],
  [196, 246.94, 293.66],
];
const BEAT_S = 0.5;
const PARTIALS = 6;

/** Four chords with a melody, a bass drum and a hi-hat, again and again. No recording: none comes with Earshot. */
export function music(seconds: number, seed: number): Float64Array {
  const random = createRandom(seed);
  const out = new Float64Array(Math.round(seconds * SAMPLE_RATE_HZ));
  const beats = Math.floor(seconds / BEAT_S);
  for (let beat = 0; beat < beats; beat++) {
    const atS = beat * BEAT_S;
    const chord = CHORDS[Math.floor(beat / 4) % CHORDS.length] ?? [];
    if (beat % 4 === 0) for (const hz of chord) addNote(out, atS, 4 * BEAT_S, hz, 0.25);
    const melody = chord[Math.floor(random() * chord.length)] ?? 220;
    if (random() < 0.8) addNote(out, atS, BEAT_S * (1 + Math.floor(random() * 2)), 2 * melody, 0.3);
    if (beat % 2 === 0) addDrum(out, atS);
    addHiss(out, atS + BEAT_S / 2, random);
  }
  return out;
}

function addNote(out: Float64Array, atS: number, lengthS: number, hz: number, size: number): void {
  const from = Math.round(atS * SAMPLE_RATE_HZ);
  for (let i = 0; i < lengthS * SAMPLE_RATE_HZ && from + i < out.length; i++) {
    const t = i / SAMPLE_RATE_HZ;
    const envelope = Math.min(1, t / 0.01) * Math.exp((-3 * t) / lengthS);
    let value = 0;
    for (let partial = 1; partial <= PARTIALS; partial++)
      value += Math.sin(2 * Math.PI * hz * partial * t) / partial ** 1.5;
    out[from + i] = (out[from + i] ?? 0) + size * envelope * value;
  }
}

function addDrum(out: Float64Array, atS: number): void {
  const from = Math.round(atS * SAMPLE_RATE_HZ);
  for (let i = 0; i < 0.2 * SAMPLE_RATE_HZ && from + i < out.length; i++) {
    const t = i / SAMPLE_RATE_HZ;
    out[from + i] =
      (out[from + i] ?? 0) + Math.exp(-18 * t) * Math.sin(2 * Math.PI * (50 * t + 4 * (1 - Math.exp(-30 * t))));
  }
}

function addHiss(out: Float64Array, atS: number, random: () => number): void {
  const from = Math.round(atS * SAMPLE_RATE_HZ);
  for (let i = 0; i < 0.06 * SAMPLE_RATE_HZ && from + i < out.length; i++) {
    out[from + i] = (out[from + i] ?? 0) + 0.15 * Math.exp((-60 * i) / SAMPLE_RATE_HZ) * (2 * random() - 1);
  }
}

/** Music below the speech of a television, dB. */
const UNDER_DB = -12;

/** People who speak one after another, with music under them, as long as all their speech with its pauses. */
export function television(speech: readonly Int16Array[], seed: number): Float64Array {
  const random = createRandom(seed);
  const order = speech
    .map((said) => ({ said, key: random(), pauseS: 0.2 + 1.3 * random() }))
    .sort((a, b) => a.key - b.key);
  const length = order.reduce((sum, { said, pauseS }) => sum + said.length + Math.round(pauseS * SAMPLE_RATE_HZ), 0);
  const out = music(length / SAMPLE_RATE_HZ, seed).slice(0, length);
  const under = rms(out);
  let at = 0;
  for (const { said, pauseS } of order) {
    const level = rms(said);
    const gain = level > 0 && under > 0 ? under / level / 10 ** (UNDER_DB / 20) : 0;
    for (let i = 0; i < said.length && at + i < out.length; i++)
      out[at + i] = (out[at + i] ?? 0) + gain * (said[i] ?? 0);
    at += said.length + Math.round(pauseS * SAMPLE_RATE_HZ);
  }
  return out;
}

/** A knock and the noise of its wall, 0.4 s. */
export function doorSlam(seed: number): Float64Array {
  const random = createRandom(seed);
  let low = 0;
  return Float64Array.from({ length: 0.4 * SAMPLE_RATE_HZ }, (_, i) => {
    const t = i / SAMPLE_RATE_HZ;
    // Mostly below 300 Hz.
    low += 0.1 * (2 * random() - 1 - low);
    const knock = Math.exp(-60 * t) * Math.sin(2 * Math.PI * 120 * t);
    return knock + 2 * Math.exp(-14 * t) * low + 0.2 * Math.exp(-200 * t) * (2 * random() - 1);
  });
}

export function rms(samples: ArrayLike<number>, from = 0, to = samples.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (samples[i] ?? 0) ** 2;
  return to > from ? Math.sqrt(sum / (to - from)) : 0;
}
