/**
 * A simulated clock that counts its pending timers.
 */

import type { Clock } from '../../src/core/time/clock.ts';
import { SimulatedClock } from './simulated-clock.ts';

export interface CountingClock extends Clock {
  timers(): number;
  increment(ms: number): void;
}

export function createCountingClock(): CountingClock {
  const clock = new SimulatedClock();
  const waiting = new Set<unknown>();
  return {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    setTimeout(callback, delayMs) {
      const timer = clock.setTimeout(() => {
        waiting.delete(timer);
        callback();
      }, delayMs);
      waiting.add(timer);
      return timer;
    },
    clearTimeout(timer) {
      waiting.delete(timer);
      clock.clearTimeout(timer as number);
    },
    timers: () => waiting.size,
    increment: (ms) => clock.increment(ms),
  };
}
