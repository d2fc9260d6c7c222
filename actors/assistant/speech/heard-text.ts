/**
 * Which words of a reply were heard when so much of its audio was played. Where a sentence begins and ends is known; within
 * it, a word takes time by its letters. Measured with flite against the words spoken alone: docs/assistant.md.
 */
import { FRAME_MS } from '../../../src/protocol/format.ts';

export interface HeardText {
  /** A sentence begins with the next frames. Returns its time in the reply, in ms. */
  begin(text: string): number;
  /** So many frames of it follow. */
  add(frames: number): void;
  /** The sentence is complete. */
  end(): void;
  /** A word half spoken was not heard. After a sentence that was cut stands `…`. */
  at(playedMs: number): string;
}

interface Sentence {
  text: string;
  frames: number;
  isComplete: boolean;
}

export function createHeardText(): HeardText {
  const sentences: Sentence[] = [];
  let frames = 0;
  return {
    begin(text) {
      sentences.push({ text, frames: 0, isComplete: false });
      return frames * FRAME_MS;
    },
    add(count) {
      frames += count;
      const last = sentences.at(-1);
      if (last) last.frames += count;
    },
    end() {
      const last = sentences.at(-1);
      if (last) last.isComplete = true;
    },
    at(playedMs) {
      const heard: string[] = [];
      let left = playedMs / FRAME_MS;
      for (const sentence of sentences) {
        if (sentence.isComplete && left >= sentence.frames - END_FRAMES) {
          heard.push(sentence.text);
          left -= sentence.frames;
          continue;
        }
        const words = wordsWithin(sentence, left);
        if (words !== '') heard.push(`${words}…`);
        break;
      }
      return heard.join(' ');
    },
  };
}

/** A voice is silent at the end of a sentence: who heard all but that has heard the sentence. */
const END_FRAMES = 8;
/** Silence at the beginning. */
const START_FRAMES = 5;
/** In letters: the pause between words, and at a punctuation mark. */
const WORD_LETTERS = 1;
const PAUSE_LETTERS = 3;

function wordsWithin({ text, frames }: Sentence, playedFrames: number): string {
  const words = text.match(/\S+\s*/g) ?? [];
  const letters = words.map(spokenLetters);
  const framesPerLetter =
    Math.max(0, frames - START_FRAMES - END_FRAMES) / letters.reduce((sum, each) => sum + each, 0);
  let end = START_FRAMES;
  let count = 0;
  for (const each of letters) {
    end += each * framesPerLetter;
    if (end > playedFrames) break;
    count += 1;
  }
  return words.slice(0, count).join('').trim();
}

/** In letters, of what is spoken as words: 7 is "seven", ° "degrees", a capital of an abbreviation "double u". */
const SPOKEN_AS_WORDS: readonly (readonly [RegExp, letters: number])[] = [
  [/\p{N}/gu, 4],
  [/[°%€$£¥]/g, 7],
  [/[&+=×÷/@#]/g, 4],
  [/(?<=\p{Lu})\p{Lu}|\p{Lu}(?=\p{Lu})/gu, 2],
];

function spokenLetters(word: string): number {
  let letters = WORD_LETTERS + (word.match(/\p{L}/gu)?.length ?? 0);
  for (const [pattern, each] of SPOKEN_AS_WORDS) letters += each * (word.match(pattern)?.length ?? 0);
  return letters + (/[,.;:!?–—]\s*$/.test(word) ? PAUSE_LETTERS : 0);
}
