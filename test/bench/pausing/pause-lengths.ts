/**
 * How long people pause inside sentences: median 300, 95th percentile 900 ms (log-normal). Pure.
 */
import { shuffle } from '../../../src/tools/simulation/random.ts';

export const MEDIAN_PAUSE_MS = 300;
/** Of the normal distribution below the logarithm: the 95th percentile is three times the median. */
const SIGMA = Math.log(3) / 1.645;

/** How probable a pause is that lasts so long, of those that people make. */
export function chanceOfPause(leastMs: number): number {
  return leastMs <= 0 ? 1 : 1 - normalDistribution(Math.log(leastMs / MEDIAN_PAUSE_MS) / SIGMA);
}

/** Abramowitz and Stegun, 26.2.17: to within 1e-7. */
function normalDistribution(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const beyond = (series * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
  return x > 0 ? 1 - beyond : beyond;
}

/** One of each of so many equal shares of the distribution, in any order: no luck makes a set of sentences easy or hard. */
export function stratifiedPausesMs(count: number, random: () => number): number[] {
  const pausesMs = Array.from({ length: count }, (_, i) => Math.round(pauseOfShare((i + random()) / count)));
  return shuffle(pausesMs, random);
}

/** So long that this share of all pauses is shorter. */
export function pauseOfShare(share: number): number {
  let [low, high] = [1, 60_000];
  while (high - low > 0.1) {
    const middle = (low + high) / 2;
    if (1 - chanceOfPause(middle) < share) low = middle;
    else high = middle;
  }
  return low;
}
