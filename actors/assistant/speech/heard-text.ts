/**
 * Which words of a reply were heard when so much of its audio was played: where a sentence begins and ends is known, and where its words end
 * (word-times/). Measured with flite: docs/assistant.md.
 */
import { FRAME_MS } from '../../../src/protocol/format.ts';

/** A sentence while it is spoken. */
export interface TimedSentence {
  readonly text: string;
  /** From its first frame; see `WordTimes`. */
  wordEndsMs(): readonly number[];
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

/** A voice is silent at the end of a sentence: who heard all but that has heard the sentence. */
const END_FRAMES = 8;

export function createHeardText(): HeardText {
  const sentences: Sentence[] = [];
  let frames = 0;

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
      for (const { timed, frames: length, isComplete } of sentences) {
        if (isComplete && left >= length - END_FRAMES) {
          heard.push(timed.text);
          left -= length;
          continue;
        }
        const words = wordsWithin(timed, left * FRAME_MS);
        if (words !== '') heard.push(`${words}…`);
        break;
      }
      return heard.join(' ');
    },
  };
}

function wordsWithin({ text, wordEndsMs }: TimedSentence, playedMs: number): string {
  const words = text.match(/\S+\s*/g) ?? [];
  const ends = wordEndsMs();
  const next = ends.findIndex((endMs) => endMs > playedMs);
  return words
    .slice(0, next < 0 ? ends.length : next)
    .join('')
    .trim();
}
