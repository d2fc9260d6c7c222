/**
 * How many devices may wait to be paired, in all and of one address. Unlike a handshake, this waits for a person, for
 * minutes; so the one that is here keeps its place and its code, and the next one is turned away. A place stays taken for a
 * while after a device that was not paired has gone: whoever takes codes without using them gets them slowly. A paired one leaves it at once,
 * so that many devices behind one router can be paired one after the other.
 */

import type { Limits } from '../../src/core/limits/limits.ts';
import type { Clock } from '../../src/core/time/clock.ts';

export interface PairingPlaces {
  /** @param address whose it is. @returns how the place is given back; undefined: there is none */
  take(address: string): GivePlaceBack | undefined;
}

export type GivePlaceBack = (outcome: 'paired' | 'left') => void;

export function createPairingPlaces(
  limits: Pick<Limits, 'pairings' | 'pairingsPerAddress' | 'pairingRestMs'>,
  clock: Clock,
): PairingPlaces {
  const places = new Set<{ address: string; freeAtMs: number }>();
  // Switched off, there is nothing to wait for.
  const restMs = limits.pairingRestMs === Number.POSITIVE_INFINITY ? 0 : limits.pairingRestMs;

  return {
    take(address) {
      for (const place of places) if (place.freeAtMs <= clock.now()) places.delete(place);
      const ofAddress = [...places].filter((place) => place.address === address);
      if (places.size >= limits.pairings || ofAddress.length >= limits.pairingsPerAddress) return undefined;
      const place = { address, freeAtMs: Number.POSITIVE_INFINITY };
      places.add(place);
      return (outcome) => {
        if (outcome === 'paired') places.delete(place);
        else place.freeAtMs = Math.min(place.freeAtMs, clock.now() + restMs);
      };
    },
  };
}
