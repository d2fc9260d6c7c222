/**
 * The distribution of many durations in little space: counts in buckets whose bounds grow by a constant factor (a DDSketch). Sketches can be added
 * to and subtracted from each other, and a quantile is within 5 % of the true one.
 */
import { MAX_DURATION_MS } from '../src/protocol/bounds.ts';

/** How often each bucket occurs, by its number. */
export type Sketch = Record<string, number>;

const ACCURACY = 0.05;
const GROWTH = (1 + ACCURACY) / (1 - ACCURACY);
const LOG_GROWTH = Math.log(GROWTH);
/** Shorter durations are in the first bucket. */
const SHORTEST_MS = 0.01;

/** Changes the sketch. @param by 1, or -1 to take back what was added. Numbers that are no durations are left out. */
export function addDuration(sketch: Sketch, ms: number, by: 1 | -1): void {
  if (!Number.isFinite(ms)) return;
  const bounded = Math.min(Math.max(ms, SHORTEST_MS), MAX_DURATION_MS);
  // A number, not a string: it is then the index of an element, and load tests count several durations a packet.
  const bucket = Math.ceil(Math.log(bounded / SHORTEST_MS) / LOG_GROWTH);
  sketch[bucket] = (sketch[bucket] ?? 0) + by;
}

/** Without the buckets that have become empty. */
export function sumOf(...sketches: readonly Sketch[]): Sketch {
  const sum: Sketch = {};
  for (const sketch of sketches) {
    for (const [bucket, count] of Object.entries(sketch)) sum[bucket] = (sum[bucket] ?? 0) + count;
  }
  return Object.fromEntries(Object.entries(sum).filter(([, count]) => count !== 0));
}

export function countIn(sketch: Sketch): number {
  return Object.values(sketch).reduce((sum, count) => sum + count, 0);
}

/** In ms; undefined: the sketch is empty. @param share 0.5 is the median */
export function quantileOf(sketch: Sketch, share: number): number | undefined {
  const buckets = Object.entries(sketch)
    .map(([bucket, count]) => [Number(bucket), count] as const)
    .sort(([a], [b]) => a - b);
  const rank = share * (countIn(sketch) - 1);
  let seen = 0;
  for (const [bucket, count] of buckets) {
    seen += count;
    if (seen > rank) return (2 * SHORTEST_MS * GROWTH ** bucket) / (GROWTH + 1);
  }
  return undefined;
}
