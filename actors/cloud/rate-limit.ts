/**
 * At most so many in any second. Pure: it says how long to wait.
 */
export const RATE_PERIOD_MS = 1_000;

export interface RateLimit {
  /** Ms until the next may go; 0: now. */
  waitMs(nowMs: number): number;
  count(nowMs: number): void;
  /** Nothing was counted in the last second: it may be forgotten. */
  isRested(nowMs: number): boolean;
}

export function createRateLimit(perSecond: number): RateLimit {
  const latest: number[] = [];
  return {
    waitMs(nowMs) {
      const oldest = latest.length < perSecond ? undefined : latest[0];
      return oldest === undefined ? 0 : Math.max(0, oldest + RATE_PERIOD_MS - nowMs);
    },
    count(nowMs) {
      latest.push(nowMs);
      if (latest.length > perSecond) latest.shift();
    },
    isRested: (nowMs) => (latest.at(-1) ?? Number.NEGATIVE_INFINITY) + RATE_PERIOD_MS <= nowMs,
  };
}
