/**
 * A token bucket: a capacity that is refilled at a constant rate. It may be overdrawn; the debt is refilled first. Pure.
 */
export interface TokenBucket {
  /** Takes one token if there is one. */
  takeOne(nowMs: number): boolean;
  /** Takes this many tokens, and may overdraw. */
  take(amount: number, nowMs: number): void;
  /** Ms until the debt is refilled; 0 when there is none. */
  waitMs(nowMs: number): number;
  /** Tokens that are not there now; more than the capacity when it is overdrawn. */
  missing(nowMs: number): number;
  /** So many were missing so long ago: as many as are still missing of them are missing now, if no more are anyway. */
  wereMissing(amount: number, agoMs: number, nowMs: number): void;
  /** The bucket is full, so its owner may delete it. */
  isFull(nowMs: number): boolean;
}

/** Tolerates the rounding errors of many small refills. */
const ROUNDING = 1e-6;

/** @param capacity in tokens; Infinity: no limit. @param refillMs time to fill an empty bucket. */
export function createTokenBucket(capacity: number, refillMs: number): TokenBucket {
  return capacity === Number.POSITIVE_INFINITY ? UNLIMITED : new LimitedBucket(capacity, refillMs);
}

const UNLIMITED: TokenBucket = {
  takeOne: () => true,
  take() {},
  waitMs: () => 0,
  missing: () => 0,
  wereMissing() {},
  isFull: () => true,
};

/** A class, because each connection has several and each packet uses them: one object instead of many. */
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

  missing(nowMs: number): number {
    return this.#capacity - this.#refill(nowMs);
  }

  wereMissing(amount: number, agoMs: number, nowMs: number): void {
    this.#left = Math.min(this.#refill(nowMs), this.#capacity - amount + agoMs * this.#perMs);
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
