/**
 * What the words before a pause, and how well they are understood, say of it: whether the person has finished. Pure.
 */
import { DAYS, LAST_WORDS, ROUND, TIMES, UNIT_WORDS } from './english-words.ts';
import { isNumber, isRound, lowerCaseWords, type SentenceState, sentenceState } from './sentence-state.ts';

/** `begun`: a few words that are not understood, mostly the beginning of a sentence. The others are those of the text. */
export type PauseState = SentenceState | 'begun';

/** A text that was heard before a pause. */
export interface JudgedText {
  text: string;
  /** See `Brain.understands`; undefined: it is not known. */
  understood: number | undefined;
}

/** Understood so well, a text is probably, or certainly, what was said. */
const PROBABLE = 0.5;
const CERTAIN = 0.8;
/** Fewer that are not understood are mostly the beginning of a sentence. */
const FEW_WORDS = 5;
/** So many that look complete are taken for it, also when the recogniser has misheard one of them. */
const MANY_WORDS = 7;
/** “remind me tomorrow at nine to take” out the trash, “remind me that the trash” has to go out. */
const GOES_ON = /\b(to|that|me|and|after)( the| a| an| my)? \S+$/;
const CALCULATES = /^(plus|minus|times|percent|over|divided?|multipl(y|ied)|subtract|add)$/;
const DIGIT = /^(one|two|three|four|five|six|seven|eight|nine)$/;
const DURATION = /^(seconds|minutes|hours)$/;

/** @param understood see `Brain.understands`; undefined: it is not known */
export function pauseState(text: string, understood: number | undefined): PauseState {
  const words = lowerCaseWords(text);
  const state = sentenceState(text);
  if (understood === undefined || words.length === 0) return state;
  const isFew = words.length < FEW_WORDS;
  const isMany = words.length >= MANY_WORDS;
  switch (state) {
    case 'lacking':
      return understood >= PROBABLE && !isFew ? 'unclear' : state;
    case 'complete':
    case 'extendable':
      return isMany || understood >= CERTAIN ? state : 'unclear';
    case 'unclear':
      if (isFew && understood < PROBABLE) return 'begun';
      return understood >= CERTAIN && isOver(words) ? 'complete' : state;
    case 'open':
      return state;
  }
}

/** Of words that are understood. */
function isOver(words: readonly string[]): boolean {
  const last = words.at(-1) ?? '';
  if (words.length < FEW_WORDS) return words.length === FEW_WORDS - 1 && DAYS.has(last);
  if (isNumber(last)) return words.some((word) => CALCULATES.test(word)) && !mayHaveDigits(words);
  if (isConversion(words, last)) return true;
  if (LAST_WORDS.has(last) || (DURATION.test(last) && words.includes('timer'))) return true;
  return words.length >= MANY_WORDS && !GOES_ON.test(words.join(' '));
}

/** “five miles is how many kilometers”; but not “in two hours and ten minutes” remind me. */
function isConversion(words: readonly string[], last: string): boolean {
  const units = words.filter((word) => UNIT_WORDS.has(word));
  if (!UNIT_WORDS.has(last) || units.length < 2 || !words.some(isNumber)) return false;
  return words.includes('many') || !TIMES.test(last);
}

/** “seven times twenty” four, “percent of two” hundred; but not “percent of two hundred and forty”. */
function mayHaveDigits(words: readonly string[]): boolean {
  return isRound(words) || (DIGIT.test(words.at(-1) ?? '') && !ROUND.has(words.at(-2) ?? ''));
}
