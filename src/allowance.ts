/**
 * A token bucket: so much at once, which comes back at a steady pace. It may be overdrawn: what was taken beyond it is owed,
 * and comes back first. Pure.
 */
export interface Allowance {
  /** Takes one, if it is there. */
  takeOne(nowMs: number): boolean;
  /** Takes so much, whether it is there or not. */
  take(amount: number, nowMs: number): void;
  /** Ms until something is there again; 0: there is. */
  waitMs(nowMs: number): number;
  /** Nothing was taken that has not come back: it may be forgotten. */
  isFull(nowMs: number): boolean;
}

/** What many small parts of one may lack. */
const ROUNDING = 1e-6;

/** @param capacity Infinity: without a limit. @param refillMs in which an empty one is full again. */
export function createAllowance(capacity: number, refillMs: number): Allowance {
  if (capacity === Number.POSITIVE_INFINITY)
    return { takeOne: () => true, take() {}, waitMs: () => 0, isFull: () => true };
  const perMs = capacity / refillMs;
  let left = capacity;
  let atMs = Number.NEGATIVE_INFINITY;

  function refill(nowMs: number): number {
    if (nowMs > atMs) {
      left = Math.min(capacity, left + (nowMs - atMs) * perMs);
      atMs = nowMs;
    }
    return left;
  }

  return {
    takeOne(nowMs) {
      const isThere = refill(nowMs) >= 1 - ROUNDING;
      if (isThere) left -= 1;
      return isThere;
    },
    take(amount, nowMs) {
      left = refill(nowMs) - amount;
    },
    waitMs: (nowMs) => Math.max(0, -refill(nowMs) / perMs),
    isFull: (nowMs) => refill(nowMs) >= capacity,
  };
}
