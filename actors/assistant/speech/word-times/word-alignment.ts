/**
 * Where the words of a sentence end in its speech, of a voice that does not tell: the words are laid over the speech so that each is as long as its
 * letters say, has as many syllables as can be heard, and ends where the speech is quieter; pauses fall on punctuation marks. Found by dynamic
 * programming. Nothing is recognised, so it holds for any voice and language. Pure.
 */
import type { SpeechSounds } from './speech-sounds.ts';
import type { SpokenWord } from './spoken-size.ts';

export interface AlignmentOptions {
  words: readonly SpokenWord[];
  sounds: SpeechSounds;
  /** The sentence is there to its end; else only a part of it has come. */
  isComplete: boolean;
  /** What is to be expected of this voice, in frames. */
  framesPerLetter: number;
}

/** Between two words. */
const SPACE_LETTERS = 1;
/** Of the logarithm of the length of a word of eight frames; longer ones vary less. */
const LENGTH_DEVIATION = 0.45;
const PACE_DEVIATION = 0.2;
/** Shares of the expected pace that are tried, while it is not known how long the sentence is. */
const PACES = [0.65, 0.78, 0.9, 1, 1.12, 1.27, 1.45];
/** Of the syllables of a text some have no peak of their own. */
const SYLLABLES_FOUND = 0.9;
const COSTS = { syllable: 0.6, dip: 0.02, pauseAtMark: -1, noPauseAtMark: 1.5, pauseBetween: 1.5, pauseInside: 2 };
/** In frames. */
const PAUSE = { atMark: 4, elsewhere: 6 };

/** Where the words that are over end, in frames. */
export function alignWords({ words, sounds, isComplete, framesPerLetter }: AlignmentOptions): number[] {
  const speech = measure(sounds);
  if (speech.first < 0) return [];
  const paces = isComplete ? [paceOf(words, sounds)] : PACES.map((share) => share * framesPerLetter);
  let best = { ends: [] as number[], cost: Number.POSITIVE_INFINITY };
  for (const pace of paces) {
    const { ends, cost } = alignAtPace(words, speech, pace, isComplete);
    const deviation = isComplete ? 0 : Math.log(pace / framesPerLetter) / PACE_DEVIATION;
    if (cost + deviation ** 2 / 2 < best.cost) best = { ends, cost: cost + deviation ** 2 / 2 };
  }
  if (best.cost < Number.POSITIVE_INFINITY) return best.ends;
  return byLetters(words, speech, isComplete ? paceOf(words, sounds) : framesPerLetter);
}

/** Where nothing fits: each word takes time by its letters. */
function byLetters(words: readonly SpokenWord[], { frames, spoken }: MeasuredSpeech, pace: number): number[] {
  let expected = 0;
  let at = 0;
  return words.flatMap(({ letters }) => {
    expected += (letters + SPACE_LETTERS) * pace;
    while (at <= frames && spoken(at) < Math.floor(expected)) at += 1;
    return at <= frames ? [at] : [];
  });
}

/** Of a whole sentence: frames for a letter. */
export function paceOf(words: readonly SpokenWord[], { isSpeech }: SpeechSounds): number {
  const letters = words.reduce((sum, word) => sum + word.letters + SPACE_LETTERS, 0);
  return isSpeech.reduce((sum, each) => sum + each, 0) / letters;
}

/** Sums over the frames before a place. */
interface MeasuredSpeech {
  /** The first frame with speech, −1 without any; and the place after the last one. */
  first: number;
  last: number;
  frames: number;
  spoken(to: number): number;
  syllables(to: number): number;
  /** Of silence that begins here. */
  silence: Uint16Array;
  /** Where a word may end: after speech, and where it is quieter than before and behind it. */
  mayEnd: Uint8Array;
  dip: Float32Array;
}

function measure({ isSpeech, syllables, dip }: SpeechSounds): MeasuredSpeech {
  const frames = isSpeech.length;
  const [spokenBefore, syllablesBefore] = [sumsOf(isSpeech), sumsOf(syllables)];
  const silence = new Uint16Array(frames + 1);
  for (let at = frames - 1; at >= 0; at--) silence[at] = isSpeech[at] ? 0 : (silence[at + 1] as number) + 1;
  const mayEnd = Uint8Array.from({ length: frames + 1 }, (_, at) => {
    const isQuieter = (dip[at] as number) >= Math.max(dip[at - 1] ?? 0, dip[at + 1] ?? 0);
    return isSpeech[at - 1] && (isQuieter || !isSpeech[at]) ? 1 : 0;
  });
  return {
    ...{ first: isSpeech.indexOf(1), last: isSpeech.lastIndexOf(1) + 1, frames, silence, mayEnd, dip },
    spoken: (to) => spokenBefore[to] as number,
    syllables: (to) => syllablesBefore[to] as number,
  };
}

function sumsOf(values: Uint8Array): Uint16Array {
  const sums = new Uint16Array(values.length + 1);
  for (const [at, value] of values.entries()) sums[at + 1] = (sums[at] as number) + value;
  return sums;
}

function alignAtPace(words: readonly SpokenWord[], speech: MeasuredSpeech, pace: number, isComplete: boolean) {
  const { first, last, frames } = speech;
  /** By word, and place where it ends: what it costs, and where it begins. */
  const costs = [new Float32Array(frames + 1).fill(Number.POSITIVE_INFINITY)];
  const begins: Uint16Array[] = [];
  (costs[0] as Float32Array)[first] = 0;
  let expected = 0;
  for (const [index, word] of words.entries()) {
    const length = (word.letters + SPACE_LETTERS) * pace;
    expected += length;
    const isLast = index === words.length - 1;
    const before = costs[index] as Float32Array;
    const here = new Float32Array(frames + 1).fill(Number.POSITIVE_INFINITY);
    const begin = new Uint16Array(frames + 1);
    for (let end = first + 1; end <= last; end++) {
      if (isLast && isComplete && end !== last) continue;
      if (!speech.mayEnd[end] || isFar(speech.spoken(end), expected)) continue;
      const ending = endingCost(word, speech, end, isLast);
      for (let from = end - 1; from >= first; from--) {
        const spoken = speech.spoken(end) - speech.spoken(from);
        if (spoken > longest(length)) break;
        if (before[from] === Number.POSITIVE_INFINITY) continue;
        const cost = (before[from] as number) + ending + wordCost(word, length, speech, from, end);
        if (cost >= (here[end] as number)) continue;
        here[end] = cost;
        begin[end] = from;
      }
    }
    costs.push(here);
    begins.push(begin);
  }
  const end = isComplete
    ? { words: words.length, at: last, cost: (costs[words.length] as Float32Array)[last] as number }
    : openEnd(words, speech, pace, costs);
  return { cost: end.cost, ends: trace(begins, end) };
}

function isFar(spoken: number, expected: number): boolean {
  return Math.abs(spoken - expected) > 12 + 0.3 * expected;
}

const longest = (length: number): number => 2.5 * length + 10;

function wordCost(word: SpokenWord, length: number, speech: MeasuredSpeech, from: number, end: number): number {
  const spoken = speech.spoken(end) - speech.spoken(from);
  // The silence after the word before is not in it.
  const silent = end - from - spoken - (speech.silence[from] as number);
  const syllables = speech.syllables(end) - speech.syllables(from) - SYLLABLES_FOUND * word.syllables;
  return (
    lengthCost(spoken, length) + COSTS.syllable * syllables ** 2 + (silent >= PAUSE.atMark ? COSTS.pauseInside : 0)
  );
}

function lengthCost(spoken: number, length: number): number {
  const deviation = LENGTH_DEVIATION * Math.sqrt(8 / (4 + length));
  return (Math.log((spoken + 1) / (length + 1)) / deviation) ** 2 / 2;
}

function endingCost({ hasMark }: SpokenWord, { dip, silence }: MeasuredSpeech, end: number, isLast: boolean): number {
  const quieter = -COSTS.dip * (dip[end] as number);
  if (isLast) return quieter;
  const pause = silence[end] as number;
  if (hasMark) return quieter + (pause >= PAUSE.atMark ? COSTS.pauseAtMark : COSTS.noPauseAtMark);
  return quieter + (pause >= PAUSE.elsewhere ? COSTS.pauseBetween : 0);
}

/** Where what has come may end: in any word, which is not longer than it may be, or between two. */
function openEnd(words: readonly SpokenWord[], speech: MeasuredSpeech, pace: number, costs: readonly Float32Array[]) {
  let best = { words: 0, at: speech.first, cost: Number.POSITIVE_INFINITY };
  for (const [over, ends] of costs.entries()) {
    const word = words[over];
    const length = word ? (word.letters + SPACE_LETTERS) * pace : 1;
    for (let at = speech.first; at <= speech.last; at++) {
      if (ends[at] === Number.POSITIVE_INFINITY) continue;
      const spoken = speech.spoken(speech.last) - speech.spoken(at);
      if (spoken > longest(length)) continue;
      const more = speech.syllables(speech.last) - speech.syllables(at) - SYLLABLES_FOUND * (word?.syllables ?? 0);
      const cost =
        (ends[at] as number) +
        (spoken > length ? lengthCost(spoken, length) : 0) +
        COSTS.syllable * Math.max(0, more) ** 2;
      if (cost < best.cost) best = { words: over, at, cost };
    }
  }
  return best;
}

function trace(begins: readonly Uint16Array[], end: { words: number; at: number; cost: number }): number[] {
  const ends: number[] = [];
  for (let word = end.words, at = end.at; word > 0; word--) {
    ends.unshift(at);
    at = (begins[word - 1] as Uint16Array)[at] as number;
  }
  return ends;
}
