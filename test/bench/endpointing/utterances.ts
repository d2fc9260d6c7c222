/**
 * Sentences with one pause inside, whose length is stated: the speech is cut where it is quietest near its middle, and room noise is inserted.
 * Pauses are distributed as people make them: median 300, 95th percentile 900 ms (log-normal). Seeded.
 */
import { join } from 'node:path';
import { seedOf, whiteNoise } from '../../../src/tools/eval/noise.ts';
import { casesOf, type Half, readSuite } from '../../../src/tools/eval/suite.ts';
import { addNoise, placeSpeech } from '../../../src/tools/eval/utterance.ts';
import type { Voice } from '../../../src/tools/eval/voices/voice.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';

const MS = 16;
const MEDIAN_PAUSE_MS = 300;
/** Of the normal distribution below the logarithm: the 95th percentile is three times the median. */
const SIGMA = Math.log(3) / 1.645;
/** `placeSpeech` leaves so much before and after the speech. */
const LEAD_MS = 300;
const TAIL_MS = 200;
const SILENCE_AFTER_MS = 3_500;
const ROOM_NOISE_DB = 35;
const WINDOW_MS = 40;
const SHORTEST_WORDS = 5;
/** Silence is so far below the loudest sample, for so long. */
const SILENT_SHARE = 0.02;
const SILENT_MS = 5;

export interface PausedUtterance {
  text: string;
  voice: string;
  samples: Int16Array;
  /** Of the pause inside. */
  pauseMs: number;
  pauseBeginsAtMs: number;
  /** The last sample of speech. */
  speechEndsAtMs: number;
}

export async function pausedUtterances(
  voices: readonly Voice[],
  half: Half,
  count: number,
  seed: string,
): Promise<PausedUtterance[]> {
  const suite = await readSuite(join(import.meta.dirname, '../../../assets/eval/suite.json'));
  const texts = casesOf(suite)
    .filter((each) => each.half === half)
    .map(({ said }) => said.at(-1) ?? '')
    .filter((text) => text.split(' ').length >= SHORTEST_WORDS);
  const random = createRandom(seedOf(seed));
  const made: PausedUtterance[] = [];
  for (let i = 0; made.length < count; i++) {
    const text = texts[Math.floor(random() * texts.length)] ?? '';
    const voice = voices[i % voices.length];
    const pauseMs = Math.round(MEDIAN_PAUSE_MS * Math.exp(SIGMA * normal(random)));
    const speech = await voice?.speak(text);
    if (voice && speech) made.push({ text, voice: voice.name, ...withPause(placeSpeech(speech), pauseMs, random) });
  }
  return made;
}

function withPause(placed: Int16Array, pauseMs: number, random: () => number) {
  const from = LEAD_MS * MS;
  const length = placed.length - from - TAIL_MS * MS;
  const at = quietest(placed, from + length * (0.3 + 0.2 * random()), from + 0.8 * length);
  // The pause that is there already, of a comma, gives way: what is stated is the whole pause.
  const [before, after] = silenceAround(placed, at);
  const samples = new Int16Array(placed.length + (pauseMs + SILENCE_AFTER_MS) * MS);
  samples.set(placed.subarray(0, before));
  samples.set(placed.subarray(after), before + pauseMs * MS);
  const noise = whiteNoise(samples.length, Math.floor(random() * 2 ** 32));
  return {
    samples: addNoise(samples, noise, ROOM_NOISE_DB),
    pauseMs,
    pauseBeginsAtMs: before / MS,
    speechEndsAtMs: (placed.length - TAIL_MS * MS - (after - before)) / MS + pauseMs,
  };
}

/** Where the silence around that sample begins and ends; both are the sample where there is none. */
function silenceAround(samples: Int16Array, at: number): [number, number] {
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const isSilent = (from: number) =>
    samples.subarray(from, from + SILENT_MS * MS).every((sample) => Math.abs(sample) < SILENT_SHARE * loudest);
  let [before, after] = [at, at];
  while (isSilent(before - SILENT_MS * MS)) before -= SILENT_MS * MS;
  while (isSilent(after)) after += SILENT_MS * MS;
  return [before, after];
}

/** The middle of the window with the least energy. */
function quietest(samples: Int16Array, from: number, to: number): number {
  const window = WINDOW_MS * MS;
  let best = { at: Math.round(from), energy: Number.POSITIVE_INFINITY };
  for (let start = Math.round(from); start + window < to; start += 5 * MS) {
    let energy = 0;
    for (let i = start; i < start + window; i++) energy += (samples[i] ?? 0) ** 2;
    if (energy < best.energy) best = { at: start + window / 2, energy };
  }
  return best.at;
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
