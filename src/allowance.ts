/**
 * A token bucket: so much at once, which comes back at a steady pace. It may be overdrawn: what was taken beyond it is owed,
 * and comes back first. Pure.
 */
export interface Allowance {
  /** Takes so much, whether it is there or not. */
  take(amount: number, nowMs: number): void;
  /** Ms until something is there again; 0: there is. */
  waitMs(nowMs: number): number;
  /** Nothing was taken that has not come back: it may be forgotten. */
  isFull(nowMs: number): boolean;
}

/** @param capacity Infinity: without a limit. @param refillMs in which an empty one is full again. */
export function createAllowance(capacity: number, refillMs: number): Allowance {
  if (capacity === Number.POSITIVE_INFINITY) return { take() {}, waitMs: () => 0, isFull: () => true };
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
    take(amount, nowMs) {
      left = refill(nowMs) - amount;
    },
    waitMs: (nowMs) => Math.max(0, -refill(nowMs) / perMs),
    isFull: (nowMs) => refill(nowMs) >= capacity,
  };
}
