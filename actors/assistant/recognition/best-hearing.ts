/**
 * Of several hearings of the same speech, the one that is taken. Pure.
 */
import { bareWords, wordDistance } from './word-distance.ts';

export interface JudgedHearing {
  text: string;
  /** See `Brain.understands`. */
  understood: number;
  /** See `MeantText`. */
  meanLogProbability?: number;
}

/** Another text must be understood so much better. */
const BETTER = 0.02;

/** Of clear speech in a room: the index of the one that is understood best; of those that are understood as well, the first. */
export function bestUnderstood(hearings: readonly JudgedHearing[]): number {
  const understood = (at: number) => hearings[at]?.understood ?? 0;
  return hearings.reduce((best, _, at) => (understood(at) > understood(best) + BETTER ? at : best), 0);
}

/** Against how well it is understood. Measured on the phrasings for tuning: docs/recognition.md. */
const WEIGHTS = { agreement: 0.3, logProbability: 0.15 };

/**
 * Where what is misheard is often understood well, too: how well it is understood, how much it agrees with the other hearings (minimum
 * Bayes risk; Goel and Byrne, Computer Speech and Language 14, 2000), and how usual its words are decide together.
 */
export function likeliest(hearings: readonly JudgedHearing[]): number {
  const words = hearings.map(({ text }) => bareWords(text));
  let best = { at: 0, score: Number.NEGATIVE_INFINITY };
  for (const [at, { understood, meanLogProbability = 0 }] of hearings.entries()) {
    const agreement = meanAgreement(words, at);
    const score = understood + WEIGHTS.agreement * agreement + WEIGHTS.logProbability * meanLogProbability;
    if (score > best.score) best = { at, score };
  }
  return best.at;
}

/** With the others, from 0 to 1. */
function meanAgreement(words: readonly (readonly string[])[], at: number): number {
  const own = words[at] ?? [];
  const shares = words.map((other) => 1 - wordDistance(own, other) / Math.max(1, own.length, other.length));
  return words.length === 1 ? 1 : (shares.reduce((sum, share) => sum + share, 0) - 1) / (words.length - 1);
}

/** How many have the words that most of them have. */
export function mostAlike(hearings: readonly JudgedHearing[]): number {
  const counts = new Map<string, number>();
  for (const { text } of hearings) {
    const words = bareWords(text).join(' ');
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}
