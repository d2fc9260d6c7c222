/**
 * Detects that the operating system has a network again: an address that was not there before. It polls only while there is no
 * connection, so a connected device has no timer for it.
 */
import { networkInterfaces } from 'node:os';
import type { Scope } from '../../src/core/actor/scope.ts';

const INTERVAL_MS = 500;

/** Calls back once, when a new address appears. Returns a function that ends the watch. */
export type WatchInterfaces = (onAvailable: () => void, scope: Scope) => () => void;

export function watchInterfaces(addresses: () => string[] = systemAddresses): WatchInterfaces {
  return (onAvailable, { clock }) => {
    let known = new Set(addresses());
    let timer = clock.setTimeout(look, INTERVAL_MS);
    function look(): void {
      const now = addresses();
      const isNew = now.some((address) => !known.has(address));
      known = new Set(now);
      if (isNew) onAvailable();
      else timer = clock.setTimeout(look, INTERVAL_MS);
    }
    return () => clock.clearTimeout(timer);
  };
}

function systemAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}
