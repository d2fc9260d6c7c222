/**
 * How long a silence is the end of an utterance, by all that was heard before it. In a room, or in noise, a single hearing is often wrong: what was
 * misheard looks open, and would wait long, or complete, and would be cut off. So each hearing says how open the sentence seems, and
 * their mean decides; what one hearing takes for a whole sentence is not open, and is over if the brain understands it almost perfectly. Pure.
 */
import type { Patience } from '../../../src/protocol/listening.ts';
import { type JudgedText, type PauseState, pauseState } from './pause-state.ts';
import { lowerCaseWords } from './sentence-state.ts';

/** `over`: all is said. `whole`: it seems so, but nothing that was heard is understood. `extendable`: and a time or a place may follow. `undecided`: nobody knows. `unfinished`: it seems to go on. `open`: it goes on. */
export type Openness = 'over' | 'whole' | 'extendable' | 'undecided' | 'unfinished' | 'open';

/** In ms. Measured on sentences with pauses of 300 ms (median) and 900 ms (95th percentile) inside: `npm run bench:endpointing`. */
export const WAITS_MS: Record<Patience, Record<Openness, number>> = {
  quick: { over: 224, whole: 256, extendable: 350, undecided: 450, unfinished: 600, open: 900 },
  normal: { over: 288, whole: 320, extendable: 768, undecided: 800, unfinished: 896, open: 1_600 },
  patient: { over: 1_200, whole: 1_200, extendable: 1_300, undecided: 1_600, unfinished: 1_800, open: 2_000 },
};

/** From 0 (all is said) to 1 (it cannot end here). */
const OPENNESS: Record<PauseState, number> = {
  ...{ complete: 0, extendable: 0.2, unclear: 0.5 },
  ...{ begun: 0.6, lacking: 0.7, open: 1 },
};
/** The means up to which it is over, extendable, undecided and unfinished. One of five hearings may be unclear in what is over. */
const MOST_OVER = 0.12;
const MOST_EXTENDABLE = 0.3;
const MOST_UNDECIDED = 0.55;
const MOST_UNFINISHED = 0.62;

/** The recogniser hears again what is understood less: it may have lost the words after which the person goes on. */
const UNDERSTOOD = 0.9;
/** A whole sentence of so many words that is understood so well is what was said, whatever else was heard. */
const SURELY_UNDERSTOOD = 0.95;
const SURE_WORDS = 5;

/** @param hearings empty: nothing is known yet */
export function opennessOf(hearings: readonly JudgedText[]): Openness {
  if (hearings.length === 0) return 'undecided';
  if (hearings.some(isSurelyWhole)) return 'over';
  const each = hearings.map(({ text, understood }) => OPENNESS[pauseState(text, understood)]);
  const mean = each.reduce((sum, openness) => sum + openness, 0) / each.length;
  // A brain that cannot tell does not delay the end.
  if (mean <= MOST_OVER) return hearings.some(({ understood = 1 }) => understood >= UNDERSTOOD) ? 'over' : 'whole';
  if (mean <= MOST_EXTENDABLE) return 'extendable';
  if (mean <= MOST_UNDECIDED) return 'undecided';
  const isWholeToSome = Math.min(...each) < OPENNESS.unclear;
  return mean <= MOST_UNFINISHED || isWholeToSome ? 'unfinished' : 'open';
}

function isSurelyWhole({ text, understood = 0 }: JudgedText): boolean {
  if (understood < SURELY_UNDERSTOOD || lowerCaseWords(text).length < SURE_WORDS) return false;
  return pauseState(text, understood) === 'complete';
}
