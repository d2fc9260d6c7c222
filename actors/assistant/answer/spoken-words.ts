/**
 * What the person said in a turn with a model that hears and speaks itself: it may be written down only while the model answers already.
 */
import type { Clock } from '../../../src/core/time/clock.ts';
import { within } from '../../../src/core/time/within.ts';

/** A tool that needs a yes waits so long for the words; without them it is not called. */
const WORDS_MS = 3_000;

export interface SpokenWords {
  tell(words: string): void;
  /** Resolves with the words; after a time without them with ''. */
  known(): Promise<string>;
}

export function createSpokenWords(clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>): SpokenWords {
  let words = '';
  let onTold: () => void = () => {};
  const told = new Promise<void>((resolve) => {
    onTold = resolve;
  });
  return {
    tell(said) {
      words = said;
      onTold();
    },
    async known() {
      await within(told, WORDS_MS, clock);
      return words;
    },
  };
}
