/**
 * Time that passes more slowly. Where delays are not measured, limits of time should not decide what is right: on a busy machine an answer
 * takes longer, and is the same.
 */
import type { Clock } from '../../core/time/clock.ts';

/** Of `earshot eval --fast`. */
export const PATIENCE = 10;

/** @param times 10: a limit of 1 s ends after 10 s. The wall clock stays as it is. */
export function patientClock(clock: Clock, times: number): Clock {
  const startMs = clock.now();
  return {
    now: () => startMs + (clock.now() - startMs) / times,
    wallNow: () => clock.wallNow(),
    setTimeout: (callback, delayMs) => clock.setTimeout(callback, delayMs * times),
    clearTimeout: (timer) => clock.clearTimeout(timer),
  };
}
