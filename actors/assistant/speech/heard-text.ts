/**
 * Which words of a reply were heard when so much of its audio was played. Where a sentence begins and ends is known, and where its words end if
 * the synthesizer tells it; else a word takes time by its letters. Measured with flite: docs/assistant.md.
 */
import { FRAME_MS } from '../../../src/protocol/format.ts';

/** A sentence while it is spoken. */
export interface TimedSentence {
  readonly text: string;
  /** See `Pcm`; from the first frame. Undefined: not known, or not yet. */
  wordEndsMs(): readonly number[] | undefined;
}

export interface HeardText {
  /** A sentence begins with the next frames. Returns its time in the reply, in ms. */
  begin(sentence: TimedSentence): number;
  /** So many frames of it follow. */
  add(frames: number): void;
  /** The sentence is complete. */
  end(): void;
  /** A word half spoken was not heard. After a sentence that was cut stands `…`. */
  at(playedMs: number): string;
}

interface Sentence {
  timed: TimedSentence;
  frames: number;
  isComplete: boolean;
}

export function createHeardText(): HeardText {
  const sentences: Sentence[] = [];
  let frames = 0;

  /** Of the complete sentences, in frames for a letter; of a sentence that is still coming it tells how long it will be. */
  function pace(): number {
    let [letters, spokenFrames] = [0, 0];
    for (const { timed, frames: all, isComplete } of sentences) {
      if (!isComplete) continue;
      letters += lettersOf(wordsOf(timed.text));
      spokenFrames += Math.max(0, all - START_FRAMES - END_FRAMES);
    }
    return letters === 0 ? USUAL_PACE : spokenFrames / letters;
  }

  return {
    begin(timed) {
      sentences.push({ timed, frames: 0, isComplete: false });
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
          heard.push(sentence.timed.text);
          left -= sentence.frames;
          continue;
        }
        const words = wordsWithin(sentence, left, pace);
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
/** Frames for a letter: of English at 180 words a minute, and of flite's voice rms. */
const USUAL_PACE = 3;

function wordsWithin({ timed, frames, isComplete }: Sentence, playedFrames: number, pace: () => number): string {
  const words = wordsOf(timed.text);
  const ends = timed.wordEndsMs();
  if (ends?.length === words.length) {
    return firstWords(
      words,
      ends.map((endMs) => endMs / FRAME_MS),
      playedFrames,
    );
  }
  const soFar = Math.max(0, frames - START_FRAMES - END_FRAMES) / lettersOf(words);
  const framesPerLetter = isComplete ? soFar : Math.max(soFar, pace());
  let end = START_FRAMES;
  const estimated = words.map((word) => {
    end += spokenLetters(word) * framesPerLetter;
    return end;
  });
  return firstWords(words, estimated, playedFrames);
}

function firstWords(words: readonly string[], endFrames: readonly number[], playedFrames: number): string {
  const next = endFrames.findIndex((end) => end > playedFrames);
  return words
    .slice(0, next < 0 ? words.length : next)
    .join('')
    .trim();
}

function wordsOf(text: string): readonly string[] {
  return text.match(/\S+\s*/g) ?? [];
}

function lettersOf(words: readonly string[]): number {
  return words.reduce((sum, word) => sum + spokenLetters(word), 0);
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
