/**
 * Numbers in words and digits: "twenty five", "a hundred and forty four", "two point five", "one half", "3.5".
 */
import { FRACTIONS, numberWordAt, ORDINALS, SCALES, SMALL, type Strictness, TENS } from './number-words.ts';
import type { Word } from './words.ts';

export type { Strictness } from './number-words.ts';

export interface NumberSpan {
  value: number;
  /** Index of the first word after it. */
  to: number;
}

/** The longest number that begins at this word. */
export function numberAt(words: readonly Word[], from: number, strictness: Strictness): NumberSpan | undefined {
  const whole = wholeAt(words, from, strictness);
  const fraction = fractionAt(words, from, whole);
  if (fraction) return fraction;
  if (!whole) return undefined;
  return decimalAt(words, whole, strictness) ?? mixedAt(words, whole) ?? whole;
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
  while (at < words.length) {
    const text = words[at]?.text ?? '';
    if (text === 'and' && last === 'scale' && SMALL.has(numberWordAt(words, at + 1, strictness)?.word ?? '')) {
      at++;
      continue;
    }
    if (text === 'a' && last === 'none' && SCALES.has(words[at + 1]?.text ?? '')) {
      group = 1;
      last = 'unit';
      at++;
      continue;
    }
    const found = numberWordAt(words, at, strictness);
    if (!found) break;
    const scale = SCALES.get(found.word);
    const value = SMALL.get(found.word) ?? 0;
    if (scale !== undefined) {
      if (last === 'none') group = 1;
      if (last === 'scale' && group === 0) break;
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
    at += found.length;
    // "nine to seconds", "six to eight": ninety, sixty eight
    if (strictness !== 'exact' && last === 'unit' && value >= 2 && value <= 9 && isTy(words, at)) {
      group += value * 9;
      last = 'tens';
      at++;
    }
  }
  return last === 'none' ? undefined : { value: total + group, to: at };
}

function isTy(words: readonly Word[], at: number): boolean {
  const next = words[at + 1]?.text ?? '';
  return (
    /^(to|tea|tee|ty)$/.test(words[at]?.text ?? '') &&
    /^(one|two|three|four|five|six|seven|eight|nine|seconds|minutes|percent)$/.test(next)
  );
}

/** "2 million" */
function scaled(words: readonly Word[], value: number, to: number): NumberSpan {
  const scale = SCALES.get(words[to]?.text ?? '');
  return scale === undefined ? { value, to } : { value: value * scale, to: to + 1 };
}

function decimalAt(words: readonly Word[], whole: NumberSpan, strictness: Strictness): NumberSpan | undefined {
  if (words[whole.to]?.text !== 'point') return undefined;
  let digits = '';
  let at = whole.to + 1;
  while (at < words.length) {
    const text = words[at]?.text ?? '';
    const found = numberWordAt(words, at, strictness);
    const digit = /^\d+$/.test(text) ? text : SMALL.get(found?.word ?? '');
    if (digit === undefined) break;
    digits += String(digit);
    at += found?.length ?? 1;
  }
  return digits === '' ? undefined : { value: Number(`${whole.value}.${digits}`), to: at };
}

/** "two and a half", "one and three quarters" */
function mixedAt(words: readonly Word[], whole: NumberSpan): NumberSpan | undefined {
  if (words[whole.to]?.text !== 'and') return undefined;
  const fraction = fractionAt(words, whole.to + 1, wholeAt(words, whole.to + 1, 'exact'));
  return fraction && { value: whole.value + fraction.value, to: fraction.to };
}

/** "half", "a quarter", "two thirds" */
function fractionAt(words: readonly Word[], from: number, whole: NumberSpan | undefined): NumberSpan | undefined {
  const first = words[from]?.text;
  const count = whole && whole.value <= 99 ? whole : { value: 1, to: first === 'a' ? from + 1 : from };
  const word = words[count.to]?.text ?? '';
  const parts = FRACTIONS.get(word);
  if (parts === undefined) return undefined;
  // "third" alone is an ordinal.
  if (count.to === from && word !== 'half' && word !== 'quarter') return undefined;
  return { value: count.value / parts, to: count.to + 1 };
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
