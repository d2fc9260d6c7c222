/**
 * A clock on which a whole system runs faster than real time: it jumps from timer to timer, and runs pending promise callbacks in
 * between. Timers of the same time run in the order in which they were set, so a run is exactly repeatable.
 */
import type { Clock } from '../../src/core/time/clock.ts';
import { WALL_START_MS } from './simulated-clock.ts';
import { createTimerQueue, type Due } from './timer-queue.ts';

export interface VirtualClock extends Clock {
  /** Runs all timers that are due within this time. */
  run(ms: number): Promise<void>;
  /** Runs until the condition is true; throws if it is not within the limit. */
  runUntil(holds: () => boolean, limitMs: number, what: string): Promise<void>;
  timers(): number;
  /** Somebody sets the wall clock: it jumps, and no other time does. */
  setWallClock(ms: number): void;
}

interface Timer extends Due {
  callback: () => void;
}

/** Node's timers wait at least a millisecond: a rounding remainder must not stop the time. */
const SHORTEST_MS = 0.001;
const atLeast = (delayMs: number) => (delayMs > 0 ? Math.max(delayMs, SHORTEST_MS) : 0);
/** Time since the boot: far from any wall clock's, so that a test fails if code confuses them. */
const START_MS = 20_000;

export function createVirtualClock(wallStartMs = WALL_START_MS): VirtualClock {
  let nowMs = START_MS;
  let wallOffsetMs = wallStartMs - START_MS;
  let order = 0;
  const timers = createTimerQueue<Timer>();

  async function step(untilMs: number): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve));
    const timer = timers.first();
    if (!timer || timer.dueMs > untilMs) return false;
    timers.remove(timer);
    nowMs = Math.max(nowMs, timer.dueMs);
    timer.callback();
    return true;
  }

  return {
    now: () => nowMs,
    wallNow: () => nowMs + wallOffsetMs,
    setWallClock(ms) {
      wallOffsetMs = ms - nowMs;
    },
    setTimeout(callback, delayMs) {
      const timer: Timer = { dueMs: nowMs + atLeast(delayMs), order: order++, callback };
      timers.add(timer);
      return timer;
    },
    clearTimeout: (timer) => timers.remove(timer as Timer),
    async run(ms) {
      const untilMs = nowMs + ms;
      while (await step(untilMs));
      nowMs = untilMs;
    },
    async runUntil(holds, limitMs, what) {
      const untilMs = nowMs + limitMs;
      while (!holds()) if (!(await step(untilMs))) throw new Error(`not within ${limitMs} ms: ${what}`);
    },
    timers: timers.size,
  };
}
