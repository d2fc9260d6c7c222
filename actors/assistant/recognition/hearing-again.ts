/**
 * Hears again what is not understood well: at another pace, or with other silence before the speech, the model hears something else. Of all
 * hearings the one that is understood best is taken. It begins in a pause, before anybody knows whether the utterance is over; when it is, the
 * time is limited.
 */
import type { Clock } from '../../../src/core/time/clock.ts';
import { within } from '../../../src/core/time/within.ts';
import type { Transcript } from '../parts/transcriber.ts';

const MS = 16;

/** How the speech is heard. Default: as the first time. */
export interface HearingVariant {
  pace?: number;
  /** Samples of what is before the speech. */
  keptBefore?: number;
}

/** In the order in which they help (docs/recognition.md). */
const VARIANTS = {
  clear: [{ pace: 0.95 }, { pace: 1.05 }, { pace: 0.9 }, { pace: 1.1 }, { keptBefore: 200 * MS }, { keptBefore: 0 }],
  /** The first hearing has 200 ms before the speech. */
  noisy: [
    { keptBefore: 60 * MS },
    { pace: 0.95 },
    { pace: 1.05 },
    { keptBefore: 0 },
    { pace: 0.95, keptBefore: 60 * MS },
    { pace: 1.05, keptBefore: 60 * MS },
    { pace: 0.9 },
  ],
} as const satisfies Record<string, readonly HearingVariant[]>;
/** From here on nothing is heard again. */
const UNDERSTOOD = 0.9;
/** Another text must be understood so much better. */
const BETTER = 0.02;
/**
 * From the end of the utterance to its text, at most, if it is heard again. Of the 400 ms in which 95 % of the answers must begin, the rest
 * of the answer needs 100 (docs/assistant.md, stages, p95).
 */
export const RECOGNITION_MS = 300;

export interface HearingAgainOptions {
  /** The first text. */
  text: string;
  /** How long its pass took. */
  passMs: number;
  /** The speech is not much louder than what is behind it. */
  isNoisy: boolean;
  /** See `Brain.understands`. */
  understands(text: string): Promise<number>;
  /** Undefined: the hearings were left out. */
  hear(variants: readonly HearingVariant[], signal: AbortSignal): Promise<string[] | undefined>;
  /** So many hearings run at the same time. */
  atOnce: number;
  /** There are more hearings than before. */
  onHeard(): void;
  clock: Pick<Clock, 'now' | 'setTimeout' | 'clearTimeout'>;
}

export interface HearingAgain {
  /** Finds out how well the first text is understood, so that it is known later. */
  judge(): Promise<void>;
  /** Begins, or goes on. Resolves when there is nothing more to do. */
  proceed(): Promise<void>;
  /** The text that is understood best so far, and what else was heard. */
  heard(): Transcript;
  /** Runs, but not longer than this. Then {@link cancel}. Resolves with the text that is understood best. */
  best(endsAtMs: number): Promise<string>;
  /** Nothing more is heard. */
  cancel(): void;
}

export function createHearingAgain({
  text: first,
  passMs,
  isNoisy,
  understands,
  hear,
  atOnce,
  onHeard,
  clock,
}: HearingAgainOptions): HearingAgain {
  const abort = new AbortController();
  const { signal } = abort;
  const variants: readonly HearingVariant[] = VARIANTS[isNoisy ? 'noisy' : 'clear'];
  let best = { text: first, understood: Number.NEGATIVE_INFINITY };
  const hearings = [first];
  let expectedMs = passMs;
  let mustEndAtMs = Number.POSITIVE_INFINITY;
  let judging: Promise<void> | undefined;
  let running: Promise<void> | undefined;

  function judge(): Promise<void> {
    judging ??= compare(first);
    return judging;
  }

  async function compare(text: string): Promise<void> {
    const understood = await understands(text);
    if (understood > best.understood + BETTER) best = { text, understood };
  }

  function isWorthwhile(): boolean {
    if (signal.aborted || hearings.length > variants.length || best.understood >= UNDERSTOOD) return false;
    return clock.now() + expectedMs <= mustEndAtMs;
  }

  async function hearAll(): Promise<void> {
    await judge();
    while (isWorthwhile()) {
      const startedAtMs = clock.now();
      const heard = hearings.length - 1;
      const texts = await hear(variants.slice(heard, heard + atOnce), signal);
      if (!texts || signal.aborted) return;
      hearings.push(...texts);
      expectedMs = clock.now() - startedAtMs;
      for (const text of texts) await compare(text);
      if (!signal.aborted) onHeard();
    }
  }

  function proceed(): Promise<void> {
    running ??= hearAll().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    judge,
    proceed,
    heard: () => ({ text: best.text, alternatives: hearings.toSpliced(hearings.indexOf(best.text), 1) }),
    async best(endsAtMs) {
      mustEndAtMs = endsAtMs;
      await within(proceed(), Math.max(0, endsAtMs - clock.now()), clock);
      abort.abort();
      return best.text;
    },
    cancel: () => abort.abort(),
  };
}
