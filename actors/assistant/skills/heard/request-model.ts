/**
 * How usual the words of a text are, one after the other, in what people ask the skills: a bigram model with Dirichlet smoothing (MacKay and Peto, Natural
 * Language Engineering 1, 1995), counted from the skills' phrasings. “How long is left” is likelier than “now long is left”.
 */
import { SCALES, SMALL } from './number-words.ts';
import { type Word, wordsOf } from './words.ts';

export interface RequestModel {
  /** The mean over its words and its end, to base 10: −0.7 is a very usual sentence, −3 one of other words. */
  meanLogProbability(text: string): number;
}

/** How much a word's own frequency weighs against what comes before it; and what each word counts that was never seen. In sentences. */
const [OWN, UNSEEN] = [3, 0.05];
/** Of words that people use in requests. */
const VOCABULARY = 3_000;
const [BEGIN, END, NUMBER] = ['<', '>', '#'];

export function createRequestModel(phrasings: readonly string[]): RequestModel {
  const single = new Map<string, number>();
  const pairs = new Map<string, number>();
  let all = 0;
  for (const phrasing of phrasings) {
    const tokens = tokensOf(phrasing);
    for (const [at, token] of tokens.entries()) {
      count(single, token);
      all += 1;
      if (at > 0) count(pairs, `${tokens[at - 1]} ${token}`);
    }
  }

  function probability(before: string, token: string): number {
    const own = ((single.get(token) ?? 0) + UNSEEN) / (all + UNSEEN * VOCABULARY);
    return ((pairs.get(`${before} ${token}`) ?? 0) + OWN * own) / ((single.get(before) ?? 0) + OWN);
  }

  return {
    meanLogProbability(text) {
      const tokens = tokensOf(text);
      const sum = tokens
        .slice(1)
        .reduce((logs, token, at) => logs + Math.log10(probability(tokens[at] as string, token)), 0);
      return sum / (tokens.length - 1);
    },
  };
}

function tokensOf(text: string): string[] {
  return [BEGIN, ...wordsOf(text).map(tokenOf), END];
}

/** Which number it is does not matter. */
function tokenOf({ text }: Word): string {
  return /^\d/.test(text) || SMALL.has(text) || SCALES.has(text) ? NUMBER : text;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
