/**
 * Sentences with one pause inside, whose length is stated: the speech is cut at the end of a word, and room noise is inserted. `anywhere`: it is
 * cut where it is quietest near its middle, which is often inside a word, before a plosive. Nobody pauses there.
 * Seeded.
 */
import { join } from 'node:path';
import { concatenate } from '../../../actors/sound/s16.ts';
import { seedOf, whiteNoise } from '../../../src/tools/eval/noise.ts';
import { casesOf, type Half, readSuite } from '../../../src/tools/eval/suite.ts';
import { activeRange, addNoise, placeSpeech } from '../../../src/tools/eval/utterance.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';
import { stratifiedPausesMs } from './pause-lengths.ts';
import type { TimedSpeech, TimedVoice } from './timed-speech.ts';

const MS = 16;
/** `placeSpeech` leaves so much before and after the speech. */
export const LEAD_MS = 300;
export const TAIL_MS = 200;
const SILENCE_AFTER_MS = 3_500;
const ROOM_NOISE_DB = 35;
const PRE_ROLL_MS = 500;
/** Of a sentence that is cut off: until its end is found, as if it were complete. */
const UNTIL_END_MS = 600;
const WINDOW_MS = 40;
const SHORTEST_WORDS = 5;
/** Silence is so far below the loudest sample, for so long. */
const SILENT_SHARE = 0.02;
const SILENT_MS = 5;

/** What is before and after a cut fades, as a word does. */
const FADE_MS = 8;
/** The pause is in this part of the speech. */
const EARLIEST_SHARE = 0.25;
const LATEST_SHARE = 0.85;

export const PLACES = ['words', 'anywhere'] as const;
export type Place = (typeof PLACES)[number];

export interface PausedUtterance {
  text: string;
  /** What is said before the pause; undefined: the place is no end of a word. */
  wordsBefore?: string;
  voice: string;
  samples: Int16Array;
  /** The same, but the person does not go on after the pause. */
  samplesUntilPause: Int16Array;
  /** What a device records if the sentence was cut off, and the person goes on: with its pre-roll. */
  samplesAfterPause: Int16Array;
  /** What the recogniser of the gateway gets then: what was recorded before, too. */
  samplesOfBoth: Int16Array;
  /** Of the pause inside. */
  pauseMs: number;
  pauseBeginsAtMs: number;
  /** The last sample of speech. */
  speechEndsAtMs: number;
}

export async function pausedUtterances(
  voices: readonly TimedVoice[],
  half: Half,
  count: number,
  seed: string,
  place: Place,
): Promise<PausedUtterance[]> {
  const suite = await readSuite(join(import.meta.dirname, '../../../assets/eval/suite.json'));
  const texts = casesOf(suite)
    .filter((each) => each.half === half)
    .map(({ said }) => said.at(-1) ?? '')
    .filter((text) => text.split(' ').length >= SHORTEST_WORDS);
  const random = createRandom(seedOf(seed));
  const pausesMs = stratifiedPausesMs(count, random);
  const made: PausedUtterance[] = [];
  for (let i = 0; made.length < count; i++) {
    const text = texts[Math.floor(random() * texts.length)] ?? '';
    const voice = voices[i % voices.length];
    const pauseMs = pausesMs[made.length] ?? 0;
    const speech = await voice?.speak(text);
    if (voice && speech) made.push({ text, voice: voice.name, ...withPause(speech, pauseMs, place, random) });
  }
  return made;
}

function withPause(speech: TimedSpeech, pauseMs: number, place: Place, random: () => number) {
  const placed = placeSpeech(speech.samples);
  const { at, wordsBefore } = place === 'words' ? wordEnd(placed, speech, random) : quietest(placed, random);
  // The pause that is there already, of a comma, gives way: what is stated is the whole pause.
  const [before, after] = silenceAround(placed, at);
  const parts = [placed.slice(0, before), placed.slice(after, placed.length - TAIL_MS * MS)] as const;
  return { ...withPauseBetween(parts, pauseMs, random), ...(wordsBefore !== undefined && { wordsBefore }) };
}

/** @param parts the first one begins with {@link LEAD_MS} of silence */
export function withPauseBetween(
  [before, after]: readonly [Int16Array, Int16Array],
  pauseMs: number,
  random: () => number,
): Omit<PausedUtterance, 'text' | 'voice'> {
  const afterAt = before.length + pauseMs * MS;
  const samples = new Int16Array(afterAt + after.length + (TAIL_MS + SILENCE_AFTER_MS) * MS);
  samples.set(before);
  samples.set(after, afterAt);
  fade(samples, before.length - 1, -1);
  fade(samples, afterAt, 1);
  const noise = whiteNoise(samples.length, Math.floor(random() * 2 ** 32));
  const noisy = addNoise(samples, noise, ROOM_NOISE_DB);
  const samplesAfterPause = concatenate([noisy.slice(-PRE_ROLL_MS * MS), noisy.slice(afterAt)]);
  const untilEnd = [noisy.slice(0, before.length), noisy.slice(-UNTIL_END_MS * MS)];
  return {
    samples: noisy,
    samplesUntilPause: concatenate([noisy.slice(0, before.length), noisy.slice(-SILENCE_AFTER_MS * MS)]),
    samplesAfterPause,
    samplesOfBoth: concatenate([...untilEnd, samplesAfterPause]),
    pauseMs,
    pauseBeginsAtMs: before.length / MS,
    speechEndsAtMs: (afterAt + after.length) / MS,
  };
}

/** Silent at `from`, and within {@link FADE_MS} in this direction at full level. */
function fade(samples: Int16Array, from: number, step: 1 | -1): void {
  for (let i = 0; i < FADE_MS * MS; i++) {
    const at = from + step * i;
    samples[at] = Math.round(((samples[at] ?? 0) * i) / (FADE_MS * MS));
  }
}

/** The end of one of the words, but for the first and the last ones. */
function wordEnd(placed: Int16Array, { samples, words }: TimedSpeech, random: () => number) {
  // `placeSpeech` moves the speech as a whole.
  const movedMs = LEAD_MS - activeRange(samples).first / MS;
  const lengthMs = placed.length / MS - LEAD_MS - TAIL_MS;
  const share = (endsAtMs: number) => (endsAtMs + movedMs - LEAD_MS) / lengthMs;
  const inside = words.flatMap(({ endsAtMs }, i) =>
    share(endsAtMs) >= EARLIEST_SHARE && share(endsAtMs) <= LATEST_SHARE && i < words.length - 1 ? [i] : [],
  );
  const index = inside[Math.floor(random() * inside.length)] ?? Math.floor(words.length / 2) - 1;
  const wordsBefore = words.slice(0, index + 1).map(({ word }) => word);
  const at = Math.round(((words[index]?.endsAtMs ?? 0) + movedMs) * MS);
  return { at, wordsBefore: wordsBefore.join(' ') };
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

/** The middle of the window with the least energy, near the middle. */
function quietest(placed: Int16Array, random: () => number): { at: number; wordsBefore?: string } {
  const length = placed.length - (LEAD_MS + TAIL_MS) * MS;
  const [from, to] = [LEAD_MS * MS + length * (0.3 + 0.2 * random()), LEAD_MS * MS + 0.8 * length];
  const window = WINDOW_MS * MS;
  let best = { at: Math.round(from), energy: Number.POSITIVE_INFINITY };
  for (let start = Math.round(from); start + window < to; start += 5 * MS) {
    let energy = 0;
    for (let i = start; i < start + window; i++) energy += (placed[i] ?? 0) ** 2;
    if (energy < best.energy) best = { at: start + window / 2, energy };
  }
  return { at: best.at };
}
