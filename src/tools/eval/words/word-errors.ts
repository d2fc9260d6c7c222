/**
 * The word error rate: how many words must be substituted, inserted or deleted to make the text that was heard of the text
 * that was said, for each word that was said. Pure.
 */
import { spokenWords } from './spoken-words.ts';

export interface WordErrors {
  /** Words that were said. */
  words: number;
  substituted: number;
  inserted: number;
  deleted: number;
}

export const NO_WORDS: WordErrors = { words: 0, substituted: 0, inserted: 0, deleted: 0 };

/** Compares two texts after normalisation (src/tools/eval/words/spoken-words.ts). */
export function countWordErrors(said: string, heard: string): WordErrors {
  return align(spokenWords(said), spokenWords(heard));
}

export function addWordErrors(a: WordErrors, b: WordErrors): WordErrors {
  return {
    words: a.words + b.words,
    substituted: a.substituted + b.substituted,
    inserted: a.inserted + b.inserted,
    deleted: a.deleted + b.deleted,
  };
}

/** In percent, over 100 if more was heard than was said; undefined if nothing was said. */
export function wordErrorPercent({ words, substituted, inserted, deleted }: WordErrors): number | undefined {
  return words === 0 ? undefined : (100 * (substituted + inserted + deleted)) / words;
}

/** Levenshtein's alignment, row by row; each cell has the counts of its cheapest path. */
function align(said: readonly string[], heard: readonly string[]): WordErrors {
  let above: WordErrors[] = Array.from({ length: heard.length + 1 }, (_, inserted) => ({ ...NO_WORDS, inserted }));
  for (const word of said) {
    const row: WordErrors[] = [{ ...at(above, 0), words: at(above, 0).words + 1, deleted: at(above, 0).deleted + 1 }];
    for (let i = 1; i <= heard.length; i++) {
      const before = at(above, i - 1);
      const same = { ...before, words: before.words + 1 };
      const replaced = word === heard[i - 1] ? same : { ...same, substituted: same.substituted + 1 };
      const deleted = { ...at(above, i), words: at(above, i).words + 1, deleted: at(above, i).deleted + 1 };
      const inserted = { ...at(row, i - 1), inserted: at(row, i - 1).inserted + 1 };
      row.push([deleted, inserted].reduce((best, each) => (cost(each) < cost(best) ? each : best), replaced));
    }
    above = row;
  }
  return at(above, heard.length);
}

function cost({ substituted, inserted, deleted }: WordErrors): number {
  return substituted + inserted + deleted;
}

function at(row: readonly WordErrors[], i: number): WordErrors {
  return row[i] ?? NO_WORDS;
}
