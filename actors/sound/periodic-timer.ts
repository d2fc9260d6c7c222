/**
 * Real time for devices that have none of their own (files, silence): a tick every `periodMs`, without drift, because
 * each is due at a multiple of the period after the start, however late the one before was.
 *
 * Ticks that were missed in a short stall follow at once. After a long one (the machine slept) real time is given up and
 * the ticks go on from now, so that no burst grows without limit.
 */
import type { Clock } from '../../src/core/time/clock.ts';

const MAX_BEHIND_MS = 1_000;

export interface PeriodicTimer {
  /** No tick follows, not even one that is due. */
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
      // Rounded up, because Node would round down, wake up early and have to wait again.
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
