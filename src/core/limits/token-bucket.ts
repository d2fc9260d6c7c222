/**
 * A token bucket: so much at once, which comes back at a steady pace. It may be overdrawn: what was taken beyond it is owed,
 * and comes back first. Pure.
 */
export interface TokenBucket {
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
export function createTokenBucket(capacity: number, refillMs: number): TokenBucket {
  return capacity === Number.POSITIVE_INFINITY ? UNLIMITED : new LimitedBucket(capacity, refillMs);
}

const UNLIMITED: TokenBucket = { takeOne: () => true, take() {}, waitMs: () => 0, isFull: () => true };

/** Each connection has several, and each packet asks them: a class, which is one object instead of many. */
class LimitedBucket implements TokenBucket {
  readonly #capacity: number;
  readonly #perMs: number;
  #left: number;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(capacity: number, refillMs: number) {
    this.#capacity = capacity;
    this.#perMs = capacity / refillMs;
    this.#left = capacity;
  }

  takeOne(nowMs: number): boolean {
    const isThere = this.#refill(nowMs) >= 1 - ROUNDING;
    if (isThere) this.#left -= 1;
    return isThere;
  }

  take(amount: number, nowMs: number): void {
    this.#left = this.#refill(nowMs) - amount;
  }

  waitMs(nowMs: number): number {
    return Math.max(0, -this.#refill(nowMs) / this.#perMs);
  }

  isFull(nowMs: number): boolean {
    return this.#refill(nowMs) >= this.#capacity;
  }

  #refill(nowMs: number): number {
    if (nowMs > this.#atMs) {
      this.#left = Math.min(this.#capacity, this.#left + (nowMs - this.#atMs) * this.#perMs);
      this.#atMs = nowMs;
    }
    return this.#left;
  }
}
