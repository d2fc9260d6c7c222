/**
 * Judges an answer: patterns that it must have, and patterns that it may not have. Pure.
 *
 * A pattern is a regular expression over the words of the answer, normalised like those of a transcript
 * (src/tools/eval/words/spoken-words.ts), and it matches whole words. `{name}` is a part that the suite names, or a computed value
 * (src/tools/eval/computed-values.ts).
 */
import { computedValue, type Moment } from './computed-values.ts';
import { spokenWords } from './words/spoken-words.ts';

export interface Verdict {
  right: boolean;
  /** Patterns that the answer does not have. */
  missing: string[];
  /** Patterns that it has and may not have. */
  forbidden: string[];
}

type NamedParts = Readonly<Record<string, string>>;
type Pattern = (moment: Moment) => RegExp;

const PLACEHOLDER = /\{([a-z][^{}]*)\}/g;
const ANY_MOMENT: Moment = { fromMs: 0, toMs: 0, timeZone: 'UTC' };

/** @returns what is wrong with it, if it is no pattern */
export function compilePattern(pattern: string, parts: NamedParts): Pattern | string {
  const compile = (moment: Moment) => new RegExp(`(?<!\\S)(?:${expand(pattern, parts, moment)})(?!\\S)`, 'u');
  try {
    compile(ANY_MOMENT);
  } catch (error) {
    return (error as Error).message;
  }
  return compile;
}

/** @param answer empty if there was none, which is never right */
export function judge(
  answer: string,
  expected: { has: readonly string[]; hasNot: readonly string[] },
  parts: NamedParts,
  moment: Moment,
): Verdict {
  const words = spokenWords(answer).join(' ');
  const isIn = (pattern: string): boolean => {
    const compiled = compilePattern(pattern, parts);
    return typeof compiled === 'function' && compiled(moment).test(words);
  };
  const missing = expected.has.filter((pattern) => !isIn(pattern));
  const forbidden = expected.hasNot.filter(isIn);
  return { right: words !== '' && missing.length === 0 && forbidden.length === 0, missing, forbidden };
}

/** @throws Error for a name that does not exist */
function expand(pattern: string, parts: NamedParts, moment: Moment): string {
  return pattern.replace(PLACEHOLDER, (_, name: string) => {
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
    const value = part === undefined ? computedValue(name, moment) : `(?:${part})`;
    if (value === undefined) throw new Error(`there is no part or value {${name}}`);
    return value;
  });
}
