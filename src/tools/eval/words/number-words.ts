/**
 * Numbers in English words, as they are said. Pure.
 */

const ONES = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
  'eighteen nineteen'
).split(' ');
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const SCALES = [
  [1e9, 'billion'],
  [1e6, 'million'],
  [1e3, 'thousand'],
  [100, 'hundred'],
] as const;
/** Larger numbers are said digit by digit, as a telephone number is. */
const MAX_CARDINAL = 1e12;

const ORDINALS: Record<string, string> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** `105`: one hundred five. @param digits any number of decimal digits */
export function cardinal(digits: string): string {
  const value = Number(digits);
  return value < MAX_CARDINAL ? cardinalOf(value) : digitByDigit(digits);
}

/** `25`: twenty fifth. */
export function ordinal(digits: string): string {
  const words = cardinal(digits).split(' ');
  const last = words.pop() ?? '';
  const regular = last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`;
  return [...words, ORDINALS[last] ?? regular].join(' ');
}

/** `12.06`: twelve point zero six. */
export function decimalNumber(whole: string, fraction: string): string {
  return `${cardinal(whole)} point ${digitByDigit(fraction)}`;
}

/** `1984`: nineteen eighty four, and `2007`: two thousand seven. */
export function year(digits: string): string {
  const value = Number(digits);
  const rest = value % 100;
  if (rest === 0 || (value >= 2000 && value < 2010)) return cardinal(digits);
  const low = rest < 10 ? `oh ${cardinalOf(rest)}` : cardinalOf(rest);
  return `${cardinalOf(Math.floor(value / 100))} ${low}`;
}

/** `3`, `5`: three oh five; a full hour is the hour alone. */
export function timeOfDay(hours: number, minutes: number): string {
  const hour = cardinalOf(hours);
  if (minutes === 0) return hour;
  return minutes < 10 ? `${hour} oh ${cardinalOf(minutes)}` : `${hour} ${cardinalOf(minutes)}`;
}

function cardinalOf(value: number): string {
  if (value < 20) return ONES[value] ?? '';
  if (value < 100) return joined(TENS[Math.floor(value / 10)], value % 10);
  const [size, name] = SCALES.find(([least]) => value >= least) ?? [100, 'hundred'];
  return joined(`${cardinalOf(Math.floor(value / size))} ${name}`, value % size);
}

function joined(head: string | undefined, rest: number): string {
  return rest === 0 ? (head ?? '') : `${head} ${cardinalOf(rest)}`;
}

function digitByDigit(digits: string): string {
  return [...digits].map((digit) => ONES[Number(digit)]).join(' ');
}
