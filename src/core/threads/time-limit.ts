/**
 * A signal that is aborted when the time is over.
 */
import type { Clock } from '../time/clock.ts';

export interface TimeLimit {
  readonly signal: AbortSignal;
  /** The time begins. */
  start(): void;
  /** The work is done: the signal stays as it is. */
  clear(): void;
}

/** @param reason of the aborted signal */
export function createTimeLimit(clock: Clock, limitMs: number, reason: () => Error): TimeLimit {
  const controller = new AbortController();
  let timer: unknown;
  const clear = () => clock.clearTimeout(timer);
  return {
    signal: controller.signal,
    start() {
      clear();
      // Infinity: there is no limit.
      if (Number.isFinite(limitMs)) timer = clock.setTimeout(() => controller.abort(reason()), limitMs);
    },
    clear,
  };
}
