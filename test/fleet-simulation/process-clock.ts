/** The clock of a process that can be killed: from then on none of its timers runs, and none can be set. */
import type { Clock } from '../../src/core/time/clock.ts';

export interface ProcessClock extends Clock {
  readonly isDead: boolean;
  kill(): void;
}

export function processClock(clock: Clock): ProcessClock {
  let isDead = false;
  return {
    get isDead() {
      return isDead;
    },
    now: clock.now,
    wallNow: clock.wallNow,
    setTimeout: (callback, delayMs) => (isDead ? undefined : clock.setTimeout(() => !isDead && callback(), delayMs)),
    clearTimeout: (timer) => timer !== undefined && clock.clearTimeout(timer),
    kill() {
      isDead = true;
    },
  };
}
