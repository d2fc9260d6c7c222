/**
 * When people speak: a Poisson process, whose rate may change over time. It does not wait for answers: a slow gateway gets as many turns as a fast one
 * (an open load).
 */
import type { Clock } from '../../core/time/clock.ts';

/**
 * - `poisson`: at a constant rate
 * - `burst`: half of the turns come in bursts of a second, one every ten seconds
 * - `morning`: the rate rises to 2.6 times its mean in the middle of the run, and falls again
 * - `continuous`: each device speaks again as soon as its turn is over
 */
export const ARRIVALS = ['poisson', 'burst', 'morning', 'continuous'] as const;
export type ArrivalPattern = (typeof ARRIVALS)[number];
/** Those with a rate. */
export type TimedPattern = Exclude<ArrivalPattern, 'continuous'>;

const BURST_EVERY_MS = 10_000;
const BURST_MS = 1_000;
/** Of a run, the standard deviation of the morning's bell curve. */
const MORNING_WIDTH = 0.1;
const MORNING_QUIET = 0.45;
/** So that the mean is 1: the bell's area is its width · √2π. */
const MORNING_PEAK = (1 - MORNING_QUIET) / (MORNING_WIDTH * Math.sqrt(2 * Math.PI));

/** The rate at this time as a multiple of its mean over the run; `lengthMs`: of the run. */
export function relativeRate(pattern: TimedPattern, atMs: number, lengthMs: number): number {
  switch (pattern) {
    case 'poisson':
      return 1;
    case 'burst': {
      const isInBurst = atMs % BURST_EVERY_MS < BURST_MS;
      const share = BURST_MS / BURST_EVERY_MS;
      return isInBurst ? 0.5 / share : 0.5 / (1 - share);
    }
    case 'morning': {
      const deviations = (atMs / lengthMs - 0.5) / MORNING_WIDTH;
      return MORNING_QUIET + MORNING_PEAK * Math.exp(-(deviations ** 2) / 2);
    }
  }
}

const HIGHEST: Record<TimedPattern, number> = {
  poisson: 1,
  burst: (0.5 * BURST_EVERY_MS) / BURST_MS,
  morning: MORNING_QUIET + MORNING_PEAK,
};

export interface ArrivalOptions {
  pattern: TimedPattern;
  /** Mean over the run, of all devices together. */
  turnsPerSecond: number;
  lengthMs: number;
  /** From 0 to below 1. */
  random: () => number;
  clock: Clock;
  onArrival(): void;
}

/** @returns a function that ends it */
export function startArrivals({
  pattern,
  turnsPerSecond,
  lengthMs,
  random,
  clock,
  onArrival,
}: ArrivalOptions): () => void {
  if (turnsPerSecond === 0) return () => {};
  const startMs = clock.now();
  let nextAtMs = 0;
  let timer: unknown;

  /** By thinning (Lewis and Shedler, 1979): arrivals at the highest rate, of which each stays with the probability of its time's rate. */
  function advance(): void {
    const highest = HIGHEST[pattern];
    do nextAtMs += (-Math.log(1 - random()) * 1_000) / (turnsPerSecond * highest);
    while (random() * highest > relativeRate(pattern, nextAtMs, lengthMs));
  }

  function arrive(): void {
    while (startMs + nextAtMs <= clock.now()) {
      onArrival();
      advance();
    }
    timer = clock.setTimeout(arrive, startMs + nextAtMs - clock.now());
  }

  advance();
  arrive();
  return () => clock.clearTimeout(timer);
}
