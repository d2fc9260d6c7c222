/**
 * A timer for a time of day, however far away.
 */
import type { Clock } from '../../src/core/time/clock.ts';

/** So often it looks at the clock: the time of day may be set meanwhile, and Node's timers take 24 days at most. */
const LOOK_INTERVAL_MS = 60 * 60_000;

/** @param clock of a scope: the timer ends with it. @returns cancels */
export function atTimeOfDay(clock: Clock, atMs: number, act: () => void): () => void {
  let timer: unknown;
  function look(): void {
    const leftMs = atMs - clock.wallNow();
    if (leftMs <= 0) act();
    else timer = clock.setTimeout(look, Math.min(leftMs, LOOK_INTERVAL_MS));
  }
  look();
  return () => clock.clearTimeout(timer);
}
