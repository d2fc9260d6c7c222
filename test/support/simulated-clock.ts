/**
 * xstate's simulated clock as an Earshot `Clock`, with an adjustable wall clock, and a function that runs all pending
 * promise callbacks.
 */
import { SimulatedClock as MachineClock } from 'xstate';
import type { Clock } from '../../src/core/time/clock.ts';

/** Initial time of a simulated wall clock. Far from the monotonic time, so that a test fails if code confuses them. */
export const WALL_START_MS = 1_800_000_000_000;

export class SimulatedClock extends MachineClock implements Clock {
  private wallOffsetMs = WALL_START_MS;

  wallNow(): number {
    return this.now() + this.wallOffsetMs;
  }

  /** Sets the wall clock: only the wall clock jumps. */
  setWallClock(ms: number): void {
    this.wallOffsetMs = ms - this.now();
  }
}

export interface TestClock extends Clock {
  /** Advances the time and runs the resulting callbacks. */
  pass(ms: number): Promise<void>;
  setWallClock(ms: number): void;
}

export function testClock(): TestClock {
  const simulated = new SimulatedClock();
  return {
    now: () => simulated.now(),
    wallNow: () => simulated.wallNow(),
    setWallClock: (ms) => simulated.setWallClock(ms),
    setTimeout: (callback, delayMs) => simulated.setTimeout(callback, delayMs),
    clearTimeout: (timer) => {
      if (typeof timer === 'number') simulated.clearTimeout(timer);
    },
    async pass(ms) {
      simulated.increment(ms);
      await ready();
    },
  };
}

/** Runs chains of promises without external waits to their end. */
export async function ready(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}
