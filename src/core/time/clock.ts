/**
 * Injected time. All code that waits, measures or dates gets a {@link Clock}; tests pass a simulated one.
 *
 * There are two clocks. The monotonic clock never jumps: durations, timers and differences use it (`…AtMs`). The wall clock tells the
 * date, and jumps when it is set: a Raspberry Pi without a clock chip boots in 1970, or at the time at which it was switched off, and the
 * network sets its clock later. So the wall clock is read when something is dated, and the value is not kept.
 *
 * The interface is that of xstate's clock, so one object drives machines and actors.
 */
export interface Clock {
  /** Milliseconds since an arbitrary time; never goes backwards; the same on all threads of the process. */
  now(): number;
  /** Milliseconds since 1970 (UTC), by the system's clock. May jump in both directions, and may be wrong. */
  wallNow(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The monotonic clock that all threads of the process share, in ms since an arbitrary time. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

/** The offset of this thread's `performance.now()`, which counts from the start of the thread. */
const threadStartMs = monotonicMs() - performance.now();

/** The time of this process and its timers; tests have others. */
export const systemClock: Clock = {
  now: () => threadStartMs + performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
