/**
 * An allowance for each owner, e.g. for each address that has shown a wrong token lately. Pure. Their number is limited: beyond it the
 * one that was used least recently is forgotten.
 */
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

const MAX_OWNERS = 10_000;

export interface Allowances {
  /** It has used up its allowance. */
  isSpent(owner: string, nowMs: number): boolean;
  take(owner: string, nowMs: number): void;
}

/** @param capacity of each owner; Infinity: no limit. @param refillMs time to fill an empty allowance. */
export function createAllowances(capacity: number, refillMs: number): Allowances {
  const buckets = new Map<string, TokenBucket>();
  return {
    isSpent: (owner, nowMs) => (buckets.get(owner)?.waitMs(nowMs) ?? 0) > 0,
    take(owner, nowMs) {
      const bucket = buckets.get(owner) ?? createTokenBucket(capacity, refillMs);
      bucket.take(1, nowMs);
      buckets.delete(owner);
      buckets.set(owner, bucket);
      const oldest = buckets.size > MAX_OWNERS ? buckets.keys().next().value : undefined;
      if (oldest !== undefined) buckets.delete(oldest);
    },
  };
}
