/**
 * Time, injected. Everything that waits, measures or dates gets a {@link Clock}; tests hand in a simulated one.
 *
 * There are two times, and they do not mix. The monotonic one never jumps: durations, timers, and everything that is
 * subtracted from each other is measured by it (`…AtMs`). The wall clock says what time it is, and jumps whenever somebody
 * sets it: a Raspberry Pi without a clock chip boots in 1970 or where it was switched off, and is set by the network later.
 * So it is read at the moment at which something is dated, and never kept.
 *
 * The shape is the one that xstate asks of a clock, so the same object drives machines and actors.
 */
export interface Clock {
  /** Milliseconds since an arbitrary moment, never going backwards, the same on every thread of the process. */
  now(): number;
  /** Milliseconds since 1970 (UTC), as the system has it now. May jump, in either direction, and may be far off. */
  wallNow(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The monotonic clock that all threads of the process share, in ms since an arbitrary moment. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

/** What to add to this thread's `performance.now()`, which counts from the thread's own start. */
const threadStartMs = monotonicMs() - performance.now();

export const systemClock: Clock = {
  now: () => threadStartMs + performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
