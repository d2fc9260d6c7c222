/**
 * Which words of a text that is still being recognised will stay (local agreement: Macháček et al., "Turning Whisper into Real-Time
 * Transcription System", 2023): those that two successive passes over growing audio share, from the beginning. Pure.
 */
import type { PartialTranscript } from '../parts/transcriber.ts';

export interface Agreement {
  /** The text of the next pass. */
  add(text: string): PartialTranscript;
}

export function createAgreement(): Agreement {
  const stable: string[] = [];
  let previous: string[] = [];

  return {
    add(text) {
      const words = splitWords(text);
      // The last word of a pass may be cut in the middle.
      const shared = countShared(previous.slice(0, -1), words);
      stable.push(...words.slice(stable.length, shared));
      previous = words;
      return { text: withStable(stable, words), stableText: stable.join(' ') };
    },
  };
}

/** Words of a later pass take the place after the stable ones. */
function withStable(stable: readonly string[], words: readonly string[]): string {
  return [...stable, ...words.slice(stable.length)].join(' ');
}

/** How many words both begin with; punctuation and capitals may differ. */
function countShared(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && sameWord(a[count], b[count])) count += 1;
  return count;
}

function sameWord(a = '', b = ''): boolean {
  return bare(a) === bare(b);
}

function bare(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function splitWords(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
