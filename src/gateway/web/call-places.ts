/**
 * How many calls of pages are on their way to the cloud at the same time: in all, of one address, and how many bytes they have. Pure.
 */
import type { Limits } from '../../core/limits/limits.ts';

export interface CallPlaces {
  /** @returns how the place is given back; or the HTTP status of the refusal */
  take(address: string, bytes: number): (() => void) | 429 | 503;
}

export function createCallPlaces(limits: Pick<Limits, 'apiCalls' | 'apiCallsPerAddress' | 'apiCallBytes'>): CallPlaces {
  const ofAddress = new Map<string, number>();
  let calls = 0;
  let heldBytes = 0;

  return {
    take(address, bytes) {
      const own = ofAddress.get(address) ?? 0;
      if (own >= limits.apiCallsPerAddress) return 429;
      if (calls >= limits.apiCalls || heldBytes + bytes > limits.apiCallBytes) return 503;
      ofAddress.set(address, own + 1);
      calls += 1;
      heldBytes += bytes;
      return () => {
        calls -= 1;
        heldBytes -= bytes;
        const left = (ofAddress.get(address) ?? 1) - 1;
        if (left > 0) ofAddress.set(address, left);
        else ofAddress.delete(address);
      };
    },
  };
}
