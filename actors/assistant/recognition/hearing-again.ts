/**
 * Hears again what is not understood for certain: at another pace, or with other silence before the speech, the model hears something
 * else. It begins in a pause, before anybody knows whether the utterance is over; when it is, the time is limited.
 */
import type { Clock } from '../../../src/core/time/clock.ts';
import { within } from '../../../src/core/time/within.ts';
import type { Brain } from '../parts/brain.ts';
import type { Transcript } from '../parts/transcriber.ts';
import { bestUnderstood, type JudgedHearing, likeliest, mostAlike } from './best-hearing.ts';
import type { NoiseLevel } from './speech-activity.ts';

const MS = 16;

/** How the speech is heard. Default: as the first time. */
export interface HearingVariant {
  pace?: number;
  /** Samples of what is before the speech. */
  keptBefore?: number;
}

/** How often speech is heard, and which hearing is taken (docs/recognition.md). */
interface HearingPolicy {
  /** In the order in which they help. */
  variants: readonly HearingVariant[];
  /** Nothing more is heard. At least one was heard. */
  isEnough(hearings: readonly JudgedHearing[]): boolean;
  /** The index of the one that is taken. */
  choose(hearings: readonly JudgedHearing[]): number;
  /** What sounds like the phrase that it is understood by is written as that phrase. */
  isMeant: boolean;
  /** From the end of the utterance to its text, at most, if it is heard again. */
  recognitionMs: number;
}

const UNDERSTOOD = 0.9;
const isUnderstood = (hearings: readonly JudgedHearing[]) =>
  hearings.some(({ understood }) => understood >= UNDERSTOOD);

/** A whole sentence that the skills know: what has a number, a name or a list in it is understood less. */
const CERTAIN = 0.98;
/** So many that are the same words are right. */
const SAME = 2;
const isSettled = (hearings: readonly JudgedHearing[]) =>
  hearings.some(({ understood }) => understood >= CERTAIN) ||
  mostAlike(hearings.filter(({ understood }) => understood >= UNDERSTOOD)) >= SAME;

/** Clear speech of somebody who holds no key: it is heard again in the pause, and decides about its end. */
const DISTANT: HearingPolicy = {
  variants: [{ pace: 0.95 }, { pace: 1.05 }, { pace: 0.9 }, { pace: 1.1 }, { keptBefore: 200 * MS }, { keptBefore: 0 }],
  isEnough: isUnderstood,
  choose: bestUnderstood,
  isMeant: false,
  // The person has waited longer where nothing is understood (endpointing/openness.ts), and speech was heard again in that time.
  recognitionMs: 200,
};

/** “Set a timer for fourteen minutes” is understood well, and was “for ten minutes”. */
const CLEAR: HearingPolicy = {
  ...DISTANT,
  isEnough: isSettled,
  choose: likeliest,
  isMeant: true,
  // Of the 400 ms in which 95 % of the answers must begin, the rest of the answer needs 100 (docs/assistant.md, stages, p95).
  recognitionMs: 300,
};

const SAME_IN_NOISE = 3;

/** The first hearing has 200 ms before the speech. */
const VARIANTS_IN_NOISE: readonly HearingVariant[] = [
  { keptBefore: 60 * MS },
  { pace: 0.95 },
  { pace: 1.05 },
  { keptBefore: 0 },
  { pace: 0.95, keptBefore: 60 * MS },
  { pace: 1.05, keptBefore: 60 * MS },
  { pace: 0.9 },
];

const NOISY: HearingPolicy = {
  variants: VARIANTS_IN_NOISE,
  // Half of what is misheard in noise is understood well all the same.
  isEnough: (hearings) =>
    hearings.length >= SAME_IN_NOISE && isUnderstood(hearings) && mostAlike(hearings) === hearings.length,
  choose: likeliest,
  isMeant: true,
  recognitionMs: 600,
};

const POLICIES: Record<NoiseLevel, HearingPolicy> = {
  none: CLEAR,
  faint: { ...CLEAR, variants: VARIANTS_IN_NOISE },
  loud: NOISY,
};
const POLICIES_OF_DISTANT: Record<NoiseLevel, HearingPolicy> = {
  none: DISTANT,
  faint: { ...DISTANT, variants: VARIANTS_IN_NOISE },
  loud: NOISY,
};

export interface HearingAgainOptions {
  /** The first text. */
  text: string;
  /** How long its pass took. */
  passMs: number;
  /** Behind the speech. */
  noise: NoiseLevel;
  /** Nobody holds a key: before the end there is a silence in which it is heard again, and the person has waited. */
  isDistant: boolean;
  /** See `Brain.understands`. */
  understands(text: string): Promise<number>;
  /** See `Brain.asMeant`. */
  asMeant?: Brain['asMeant'] | undefined;
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
  /** The text that is taken so far, and what else was heard. */
  heard(): Transcript;
  /** Runs, but not longer than its time allows since the end of the utterance. Then {@link cancel}. Resolves with the text that is taken. */
  best(utteranceEndedAtMs: number): Promise<string>;
  /** Nothing more is heard. */
  cancel(): void;
}

export function createHearingAgain(options: HearingAgainOptions): HearingAgain {
  const { text: first, passMs, noise, isDistant, understands, hear, atOnce, onHeard, clock } = options;
  const abort = new AbortController();
  const { signal } = abort;
  const policy = (isDistant ? POLICIES_OF_DISTANT : POLICIES)[noise];
  const asMeant = policy.isMeant ? options.asMeant : undefined;
  const hearings: JudgedHearing[] = [];
  /** The texts of the same, as they were heard. */
  const heard = [first];
  let taken = 0;
  let expectedMs = passMs;
  let { isEnough } = policy;
  let mustEndAtMs = Number.POSITIVE_INFINITY;
  let judging: Promise<void> | undefined;
  let running: Promise<void> | undefined;

  function judge(): Promise<void> {
    judging ??= add(first);
    return judging;
  }

  async function add(text: string): Promise<void> {
    const understood = await understands(text);
    hearings.push({ text, ...(await asMeant?.(text)), understood });
    taken = policy.choose(hearings);
  }

  function isWorthwhile(): boolean {
    if (signal.aborted || hearings.length > policy.variants.length || isEnough(hearings)) return false;
    return clock.now() + expectedMs <= mustEndAtMs;
  }

  async function hearAll(): Promise<void> {
    await judge();
    while (isWorthwhile()) {
      const startedAtMs = clock.now();
      const next = hearings.length - 1;
      const texts = await hear(policy.variants.slice(next, next + atOnce), signal);
      if (!texts || signal.aborted) return;
      heard.push(...texts);
      expectedMs = clock.now() - startedAtMs;
      for (const text of texts) await add(text);
      if (!signal.aborted) onHeard();
    }
  }

  function proceed(): Promise<void> {
    running ??= hearAll().finally(() => {
      running = undefined;
    });
    return running;
  }

  const takenText = () => hearings[taken]?.text ?? first;

  return {
    judge,
    proceed,
    heard: () => ({ text: takenText(), alternatives: heard.toSpliced(taken, 1) }),
    async best(utteranceEndedAtMs) {
      const ending = isDistant ? DISTANT : policy;
      mustEndAtMs = utteranceEndedAtMs + ending.recognitionMs;
      isEnough = ending.isEnough;
      if (!isEnough(hearings)) await within(proceed(), Math.max(0, mustEndAtMs - clock.now()), clock);
      abort.abort();
      return takenText();
    },
    cancel: () => abort.abort(),
  };
}
