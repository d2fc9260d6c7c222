/**
 * At most so many in any second. Pure: it says how long to wait.
 */
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
      return oldest === undefined ? 0 : Math.max(0, oldest + 1_000 - nowMs);
    },
    count(nowMs) {
      latest.push(nowMs);
      if (latest.length > perSecond) latest.shift();
    },
    isRested: (nowMs) => (latest.at(-1) ?? Number.NEGATIVE_INFINITY) + 1_000 <= nowMs,
  };
}
