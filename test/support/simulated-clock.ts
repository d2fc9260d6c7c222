/**
 * xstate's simulated clock as a clock of ours, with a wall clock that can be set; and a way to let everything run that is
 * ready at this time.
 */
import { SimulatedClock as MachineClock } from 'xstate';
import type { Clock } from '../../src/core/time/clock.ts';

/** What a simulated wall clock shows at first. Far from the monotonic time, so that nobody can take one for the other. */
export const WALL_START_MS = 1_800_000_000_000;

export class SimulatedClock extends MachineClock implements Clock {
  private wallOffsetMs = WALL_START_MS;

  wallNow(): number {
    return this.now() + this.wallOffsetMs;
  }

  /** Somebody sets the wall clock: it jumps, and no other time does. */
  setWallClock(ms: number): void {
    this.wallOffsetMs = ms - this.now();
  }
}

export interface TestClock extends Clock {
  /** Time passes, and what it set off runs. */
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

/** Lets chains of promises that wait for nothing outside run to their end. */
export async function ready(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}
