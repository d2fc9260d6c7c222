/** Sentences with one pause of a stated length inside, in room noise. Seeded. */
import { concatenate } from '../../../actors/sound/s16.ts';
import { seedOf, whiteNoise } from '../../../src/tools/eval/noise.ts';
import type { Half } from '../../../src/tools/eval/suite.ts';
import { addNoise } from '../../../src/tools/eval/utterance.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';
import { cutSentence, type PausableSentence, type Place, sentenceInParts, withPauses } from '../pausing/pausable.ts';
import { stratifiedPausesMs } from '../pausing/pause-lengths.ts';
import { IN_PARTS, suiteSentences } from '../pausing/sentences.ts';
import type { TimedVoice } from '../pausing/timed-speech.ts';

const MS = 16;
const SILENCE_AFTER_MS = 3_700;
/** Of an utterance that ends at its pause. */
const SILENCE_UNTIL_PAUSE_MS = 3_500;
const ROOM_NOISE_DB = 35;
const PRE_ROLL_MS = 500;
/** Of a sentence that is cut off: until its end is found, as if it were complete. */
const UNTIL_END_MS = 600;
/** Between parts without a stated pause. */
const SHORT_PAUSE_MS = 150;

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

/** The suite's sentences. */
export async function pausedUtterances(
  voices: readonly TimedVoice[],
  half: Half,
  count: number,
  seed: string,
  place: Place,
): Promise<PausedUtterance[]> {
  const texts = await suiteSentences(half);
  const random = createRandom(seedOf(seed));
  const made: PausedUtterance[] = [];
  for (const [i, pauseMs] of stratifiedPausesMs(count, random).entries()) {
    const text = texts[Math.floor(random() * texts.length)] ?? '';
    const sentence = await cutSentence(voices[i % voices.length] as TimedVoice, text, place, random);
    made.push(withPause(sentence, 0, pauseMs, random));
  }
  return made;
}

/** Those that are spoken part by part, each with all its places for a pause. */
export async function utterancesInParts(
  voices: readonly TimedVoice[],
  half: Half,
  count: number,
  seed: string,
): Promise<PausedUtterance[]> {
  const pauses = IN_PARTS[half].flatMap((text) => [...text.matchAll(/\|/g)].map((_, at) => ({ text, at })));
  const random = createRandom(seedOf(seed));
  const made: PausedUtterance[] = [];
  for (const [i, pauseMs] of stratifiedPausesMs(count, random).entries()) {
    const { text, at } = pauses[Math.floor(i / voices.length) % pauses.length] as (typeof pauses)[number];
    const sentence = await sentenceInParts(voices[i % voices.length] as TimedVoice, text);
    made.push(withPause(sentence, at, pauseMs, random));
  }
  return made;
}

/** @param at which of its places has the pause */
function withPause(
  { text, voice, sections, wordsBefore }: PausableSentence,
  at: number,
  pauseMs: number,
  random: () => number,
): PausedUtterance {
  const shortPauses = sections.map(() => SHORT_PAUSE_MS);
  const before = withPauses(sections.slice(0, at + 1), shortPauses);
  const after = withPauses(sections.slice(at + 1), shortPauses);
  const afterAt = before.length + pauseMs * MS;
  const samples = concatenate([withPauses([before, after], [pauseMs]), new Int16Array(SILENCE_AFTER_MS * MS)]);
  const noise = whiteNoise(samples.length, Math.floor(random() * 2 ** 32));
  const noisy = addNoise(samples, noise, ROOM_NOISE_DB);
  const samplesAfterPause = concatenate([noisy.slice(-PRE_ROLL_MS * MS), noisy.slice(afterAt)]);
  const untilPause = noisy.slice(0, before.length);
  const words = wordsBefore[at];
  return {
    ...{ text, voice, ...(words !== undefined && { wordsBefore: words }) },
    samples: noisy,
    samplesUntilPause: concatenate([untilPause, noisy.slice(-SILENCE_UNTIL_PAUSE_MS * MS)]),
    samplesAfterPause,
    samplesOfBoth: concatenate([untilPause, noisy.slice(-UNTIL_END_MS * MS), samplesAfterPause]),
    pauseMs,
    pauseBeginsAtMs: before.length / MS,
    speechEndsAtMs: (afterAt + after.length) / MS,
  };
}
