/**
 * Sentences in which a person can pause: sections of speech, between which `bench:endpointing` and `bench:room` put pauses of a stated length. A
 * sentence is spoken as a whole and cut at the end of a word, or it is spoken part by part, so that each part sounds like the end of one.
 * `anywhere`: it is cut where it is quietest near its middle, which is often inside a word, before a plosive. Nobody pauses there.
 * Seeded.
 */
import { concatenate } from '../../../actors/sound/s16.ts';
import { activeRange, placeSpeech } from '../../../src/tools/eval/utterance.ts';
import { speechIn } from '../../room/activity.ts';
import type { TimedSpeech, TimedVoice } from './timed-speech.ts';

const MS = 16;
/** `placeSpeech` leaves so much before and after the speech. */
export const LEAD_MS = 300;
const TAIL_MS = 200;
const WINDOW_MS = 40;
/** Silence is so far below the loudest sample, for so long. */
const SILENT_SHARE = 0.02;
const SILENT_MS = 5;
/** What is before and after a pause fades, as a word does. */
const FADE_MS = 8;
/** The pause is in this part of the speech. */
const EARLIEST_SHARE = 0.25;
const LATEST_SHARE = 0.85;

export const PLACES = ['words', 'anywhere'] as const;
export type Place = (typeof PLACES)[number];

export interface PausableSentence {
  text: string;
  voice: string;
  /** The first one begins with {@link LEAD_MS} of silence, the last one ends with its last sound. */
  sections: Int16Array[];
  /** What is said before each place for a pause; undefined: it is no end of a word. */
  wordsBefore: (string | undefined)[];
}

/** With one place for a pause. */
export async function cutSentence(
  voice: TimedVoice,
  text: string,
  place: Place,
  random: () => number,
): Promise<PausableSentence> {
  const speech = await voice.speak(text);
  const placed = placeSpeech(speech.samples);
  const { at, wordsBefore } = place === 'words' ? wordEnd(placed, speech, random) : quietest(placed, random);
  // The pause that is there already, of a comma, gives way: what is stated is the whole pause.
  const [before, after] = silenceAround(placed, at);
  const sections = [placed.slice(0, before), placed.slice(after, placed.length - TAIL_MS * MS)];
  return { text, voice: voice.name, sections: faded(sections), wordsBefore: [wordsBefore] };
}

/** @param text with `|` where a person may pause */
export async function sentenceInParts(voice: TimedVoice, text: string): Promise<PausableSentence> {
  const parts = text.split('|').map((part) => part.trim());
  const spoken: Int16Array[] = [];
  for (const part of parts) spoken.push(trimmed((await voice.speak(part)).samples));
  const whole = concatenate(spoken);
  const placed = placeSpeech(whole);
  const ends = spoken.map((_, i) => concatenate(spoken.slice(0, i + 1)).length - activeRange(whole).first);
  const sections = ends.map((end, i) => {
    const from = i === 0 ? 0 : LEAD_MS * MS + (ends[i - 1] ?? 0);
    return placed.slice(from, Math.min(LEAD_MS * MS + end, placed.length - TAIL_MS * MS));
  });
  const wordsBefore = parts.slice(1).map((_, i) => parts.slice(0, i + 1).join(' '));
  return { text: parts.join(' '), voice: voice.name, sections: faded(sections), wordsBefore };
}

/** @param pausesMs one fewer than sections */
export function withPauses(sections: readonly Int16Array[], pausesMs: readonly number[]): Int16Array {
  return concatenate(
    sections.flatMap((section, i) => (i === 0 ? [section] : [new Int16Array((pausesMs[i - 1] ?? 0) * MS), section])),
  );
}

/** At the pauses. */
function faded(sections: Int16Array[]): Int16Array[] {
  for (const [i, section] of sections.entries()) {
    if (i > 0) fade(section, 0, 1);
    if (i < sections.length - 1) fade(section, section.length - 1, -1);
  }
  return sections;
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

function trimmed(samples: Int16Array): Int16Array {
  const stretches = speechIn(samples);
  return samples.slice(stretches[0]?.from ?? 0, stretches.at(-1)?.to ?? samples.length);
}
