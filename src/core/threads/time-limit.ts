/**
 * A signal that is aborted when the time is over.
 */
import type { Clock } from '../time/clock.ts';

export interface TimeLimit {
  readonly signal: AbortSignal;
  /** The work is done: the signal stays as it is. */
  clear(): void;
}

/** @param reason of the aborted signal */
export function createTimeLimit(clock: Clock, limitMs: number, reason: () => Error): TimeLimit {
  const controller = new AbortController();
  // Infinity: there is no limit.
  const timer = Number.isFinite(limitMs) ? clock.setTimeout(() => controller.abort(reason()), limitMs) : undefined;
  return { signal: controller.signal, clear: () => clock.clearTimeout(timer) };
}
