/**
 * Numbers in words and digits: "twenty five", "a hundred and forty four", "two point five", "one half", "3.5".
 */
import { soundCloseness } from './closeness.ts';
import { phonemesOf } from './phonemes.ts';
import type { Word } from './words.ts';

const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const SCALES: Record<string, number> = { hundred: 100, thousand: 1_000, million: 1e6, billion: 1e9 };
const SMALL = new Map<string, number>([
  ...UNITS.map((word, value): [string, number] => [word, value]),
  ...TENS.map((word, at): [string, number] => [word, 20 + 10 * at]),
]);
const FRACTIONS: Record<string, number> = {
  half: 2,
  halves: 2,
  third: 3,
  thirds: 3,
  quarter: 4,
  quarters: 4,
  fourth: 4,
  fourths: 4,
  fifth: 5,
  fifths: 5,
  sixth: 6,
  sixths: 6,
  eighth: 8,
  eighths: 8,
  tenth: 10,
  tenths: 10,
};
const ORDINALS = new Map<string, number>([
  ...'zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth'
    .split(' ')
    .map((word, value): [string, number] => [word, value]),
  ['twentieth', 20],
  ['thirtieth', 30],
]);
/** Words that sound like a number and are one only where a number must stand. */
const HOMOPHONES: Record<string, string> = {
  to: 'two',
  too: 'two',
  for: 'four',
  fore: 'four',
  ate: 'eight',
  won: 'one',
  a: 'one',
  an: 'one',
  oh: 'zero',
  tree: 'three',
  free: 'three',
  tin: 'ten',
  sics: 'six',
  fife: 'five',
  fine: 'five',
  mine: 'nine',
  night: 'nine',
  sex: 'six',
  tan: 'ten',
  hate: 'eight',
  eighth: 'eight',
  fifth: 'five',
  wine: 'nine',
  fort: 'forty',
  ninth: 'nine',
  sixth: 'six',
  seventh: 'seven',
  tenth: 'ten',
  forth: 'four',
  fourth: 'four',
  when: 'one',
  want: 'one',
  their: 'three',
};
/** These never are a misheard number. */
const NEVER = new Set(
  'time timer times the then than when want on in and at it of or of is minute minutes second seconds hour hours days day often most left add set said twin for from point percent plus eat either even ever every seventh'.split(
    ' ',
  ),
);
const NUMBER_WORDS = [...SMALL.keys(), ...Object.keys(SCALES)].map((word) => ({ word, sounds: phonemesOf(word) }));

export type Strictness =
  /** As it is written. */
  | 'exact'
  /** Also a word that sounds like a number. */
  | 'near'
  /** A number must stand here: also "to", "for", "a". */
  | 'expected';

export interface NumberSpan {
  value: number;
  /** Index of the first word after it. */
  to: number;
}

const nearest = new Map<string, string | undefined>();

function numberWord(word: string, strictness: Strictness): string | undefined {
  if (SMALL.has(word) || Object.hasOwn(SCALES, word)) return word;
  if (strictness === 'exact') return undefined;
  if (strictness === 'expected' && Object.hasOwn(HOMOPHONES, word)) return HOMOPHONES[word];
  if (NEVER.has(word) || Object.hasOwn(HOMOPHONES, word) || Object.hasOwn(FRACTIONS, word) || /^\d/.test(word))
    return undefined;
  if (nearest.has(word)) return nearest.get(word);
  const found = nearestNumber(word);
  if (nearest.size > 4_000) nearest.clear();
  nearest.set(word, found);
  return found;
}

function nearestNumber(word: string): string | undefined {
  const sounds = phonemesOf(word);
  let best: string | undefined;
  let most = sounds.length <= 3 ? 0.86 : sounds.length <= 5 ? 0.74 : 0.72;
  for (const candidate of NUMBER_WORDS) {
    const closeness = soundCloseness(sounds, candidate.sounds, most);
    if (closeness > most) {
      most = closeness;
      best = candidate.word;
    }
  }
  return best;
}

/** The longest number that begins at this word. */
export function numberAt(words: readonly Word[], from: number, strictness: Strictness): NumberSpan | undefined {
  const whole = wholeAt(words, from, strictness);
  const fraction = fractionAt(words, from, whole, strictness);
  if (fraction) return fraction;
  if (!whole) return undefined;
  const decimal = decimalAt(words, whole, strictness);
  if (decimal) return decimal;
  const after = words.slice(whole.to, whole.to + 3).map(({ text }) => text);
  if (after[0] === 'and' && after[1] === 'a' && after[2] !== undefined && Object.hasOwn(FRACTIONS, after[2])) {
    return { value: whole.value + 1 / (FRACTIONS[after[2]] ?? 1), to: whole.to + 3 };
  }
  return whole;
}

/** The longest number that ends before the word `to`. */
export function numberEndingAt(
  words: readonly Word[],
  to: number,
  strictness: Strictness,
): (NumberSpan & { from: number }) | undefined {
  for (let from = Math.max(0, to - 9); from < to; from++) {
    const found = numberAt(words, from, strictness);
    if (found?.to === to) return { ...found, from };
  }
  return undefined;
}

function wholeAt(words: readonly Word[], from: number, strictness: Strictness): NumberSpan | undefined {
  const first = words[from]?.text ?? '';
  if (/^\d+(\.\d+)?$/.test(first)) return scaled(words, Number(first), from + 1);
  let total = 0;
  let group = 0;
  let last: 'none' | 'unit' | 'tens' | 'scale' = 'none';
  let at = from;
  for (; at < words.length; at++) {
    const text = words[at]?.text ?? '';
    if (text === 'and' && last === 'scale' && isSmall(words[at + 1]?.text, strictness)) continue;
    // "a hundred", "a thousand"
    if (text === 'a' && last === 'none' && Object.hasOwn(SCALES, words[at + 1]?.text ?? '')) {
      group = 1;
      last = 'unit';
      continue;
    }
    const word = numberWord(text, strictness);
    if (word === undefined) break;
    const scale = SCALES[word];
    const value = SMALL.get(word) ?? 0;
    if (scale !== undefined) {
      if (last === 'none') group = 1;
      if (scale === 100 && last === 'scale' && group === 0) break;
      if (scale === 100) group *= 100;
      else {
        total += group * scale;
        group = 0;
      }
      last = 'scale';
    } else if (value >= 20) {
      if (last === 'unit' || last === 'tens') break;
      group += value;
      last = 'tens';
    } else {
      if (last === 'unit' || (last === 'tens' && (value === 0 || value >= 10))) break;
      group += value;
      last = 'unit';
    }
  }
  return last === 'none' ? undefined : { value: total + group, to: at };
}

/** "2 million" */
function scaled(words: readonly Word[], value: number, to: number): NumberSpan {
  const scale = SCALES[words[to]?.text ?? ''];
  return scale === undefined ? { value, to } : { value: value * scale, to: to + 1 };
}

function isSmall(word: string | undefined, strictness: Strictness): boolean {
  return (
    word !== undefined && (SMALL.has(word) || (strictness !== 'exact' && SMALL.has(numberWord(word, strictness) ?? '')))
  );
}

function decimalAt(words: readonly Word[], whole: NumberSpan, strictness: Strictness): NumberSpan | undefined {
  if (words[whole.to]?.text !== 'point') return undefined;
  let digits = '';
  let at = whole.to + 1;
  for (; at < words.length; at++) {
    const text = words[at]?.text ?? '';
    const value = /^\d+$/.test(text) ? text : SMALL.get(numberWord(text, strictness) ?? '');
    if (value === undefined) break;
    digits += String(value);
  }
  return digits === '' ? undefined : { value: Number(`${whole.value}.${digits}`), to: at };
}

/** "half", "a quarter", "two thirds", "1/2" is not spoken. */
function fractionAt(
  words: readonly Word[],
  from: number,
  whole: NumberSpan | undefined,
  strictness: Strictness,
): NumberSpan | undefined {
  const start =
    whole && whole.value <= 99
      ? whole
      : { value: 1, to: words[from]?.text === 'a' || words[from]?.text === 'one' ? from + 1 : from };
  const word = words[start.to]?.text ?? '';
  if (!Object.hasOwn(FRACTIONS, word)) return undefined;
  // "third" alone is an ordinal, and "a fifth" a homophone of "five".
  if (start.to === from && word !== 'half' && word !== 'quarter') return undefined;
  if (strictness === 'expected' && start.to === from + 1 && words[from]?.text !== 'a' && Number.isNaN(start.value))
    return undefined;
  return { value: start.value / (FRACTIONS[word] ?? 1), to: start.to + 1 };
}

/** "fourteenth", "twenty first", "14th". */
export function ordinalAt(words: readonly Word[], from: number): NumberSpan | undefined {
  const text = words[from]?.text ?? '';
  const digits = /^(\d+)(?:st|nd|rd|th)$/.exec(text);
  if (digits) return { value: Number(digits[1]), to: from + 1 };
  const tens = TENS.indexOf(text);
  const next = ORDINALS.get(words[from + 1]?.text ?? '');
  if (tens >= 0 && next !== undefined && next < 10) return { value: 20 + tens * 10 + next, to: from + 2 };
  const value = ORDINALS.get(text);
  return value === undefined ? undefined : { value, to: from + 1 };
}
