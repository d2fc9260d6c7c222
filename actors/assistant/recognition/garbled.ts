/**
 * Whether a text cannot be what was said. Sometimes the model finds no words where there are some, or repeats a few of them without end; with a
 * little more or less silence around the same speech it then mostly hears right. Pure.
 */
import { bareWords } from './word-distance.ts';

const MAX_REPETITIONS = 3;
const MAX_REPEATED_WORDS = 4;

export function isGarbled(text: string): boolean {
  const words = bareWords(text);
  return words.length === 0 || endsInRepetition(words);
}

/** Whether its last words are there more than three times, one after the other. */
function endsInRepetition(words: readonly string[]): boolean {
  for (let length = 1; length <= MAX_REPEATED_WORDS; length++) {
    const needed = length * (MAX_REPETITIONS + 1);
    const last = words.slice(-needed);
    if (last.length === needed && last.every((word, index) => word === last[index % length])) return true;
  }
  return false;
}
