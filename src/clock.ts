/**
 * Time, injected. Everything that waits or measures gets a {@link Clock}; tests hand in a simulated one.
 *
 * The shape is the one that xstate asks of a clock, so the same object drives machines and actors.
 */
export interface Clock {
  /** Milliseconds since 1970, never going backwards, the same on every thread of the process. */
  now(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The monotonic clock that all threads of the process share, in ms since an arbitrary moment. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

/**
 * What to add to this thread's `performance.now()` (which counts from the thread's own start) to get ms since 1970.
 * `Date.now()` is read once for the whole process, because it can jump.
 */
const threadStartMs = monotonicMs() - performance.now();
let epochMs = Date.now() - monotonicMs();

/** When the monotonic clock read 0, in ms since 1970: handed to a worker so that all threads tell the same time. */
export function clockEpochMs(): number {
  return epochMs;
}

export function setClockEpochMs(ms: number): void {
  epochMs = ms;
}

export const systemClock: Clock = {
  now: () => epochMs + threadStartMs + performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
