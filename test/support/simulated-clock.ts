/**
 * xstate's simulated clock as a clock of ours, and a way to let everything run that is ready at this time.
 */
import { SimulatedClock } from 'xstate';
import type { Clock } from '../../src/clock.ts';

export interface TestClock extends Clock {
  /** Time passes, and what it set off runs. */
  pass(ms: number): Promise<void>;
}

export function testClock(): TestClock {
  const simulated = new SimulatedClock();
  return {
    now: () => simulated.now(),
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
