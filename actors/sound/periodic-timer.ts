/**
 * Real time for devices without a clock of their own (files, silence): a tick every `periodMs`, without drift, because
 * each tick is due at a multiple of the period after the start, even if the one before was late.
 *
 * Ticks that were missed in a short stall follow at once. After a long stall (the machine was suspended) the missed
 * ticks are dropped, so that the burst is limited.
 */
import type { Clock } from '../../src/core/time/clock.ts';

const MAX_BEHIND_MS = 1_000;

export interface PeriodicTimer {
  /** No tick follows, even if one is due. */
  stop(): void;
}

/** The first tick is due at once, but never before this function has returned. */
export function startPeriodicTimer(clock: Clock, periodMs: number, tick: (dueAtMs: number) => void): PeriodicTimer {
  let stopped = false;
  let startMs = clock.now();
  let ticks = 0;
  let timer = clock.setTimeout(run, 0);

  function run(): void {
    const nowMs = clock.now();
    const behindMs = nowMs - (startMs + ticks * periodMs);
    if (behindMs > MAX_BEHIND_MS) startMs += behindMs;
    while (!stopped) {
      const dueAtMs = startMs + ticks * periodMs;
      // Rounded up, because Node rounds down, and would wake up early and wait again.
      const delayMs = Math.ceil(dueAtMs - nowMs);
      if (delayMs > 0) {
        timer = clock.setTimeout(run, delayMs);
        return;
      }
      ticks++;
      tick(dueAtMs);
    }
  }

  return {
    stop() {
      stopped = true;
      clock.clearTimeout(timer);
    },
  };
}
