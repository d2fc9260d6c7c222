/**
 * The one retry that a provider gets. Only for a request that may be made twice and of which nothing was used yet.
 */

import { untilAborted } from '../../../src/core/threads/until-aborted.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import { AssistantError } from '../parts/errors.ts';

/** Before the retry, if the provider did not say how long. */
const PAUSE_MS = 200;

export interface RetryOptions {
  clock: Clock;
  /** The retry has to begin and to end within this time of the first attempt; if it cannot, there is none. */
  withinMs: number;
  signal: AbortSignal;
  onRetry?: ((error: AssistantError, pauseMs: number) => void) | undefined;
}

/**
 * `attempt` gets the time that it has left. The error is that of the last attempt, or the reason of `signal`.
 */
export async function withRetry<Result>(
  attempt: (leftMs: number) => Promise<Result>,
  { clock, withinMs, signal, onRetry }: RetryOptions,
): Promise<Result> {
  const startMs = clock.now();
  try {
    return await attempt(withinMs);
  } catch (error) {
    if (signal.aborted || !(error instanceof AssistantError) || !error.isRetryable) throw error;
    const pauseMs = error.retryAfterMs ?? PAUSE_MS;
    const leftMs = withinMs - (clock.now() - startMs) - pauseMs;
    if (leftMs <= 0) throw error;
    onRetry?.(error, pauseMs);
    await pause(pauseMs, clock, signal);
    return attempt(leftMs);
  }
}

/** Ends early, with the signal's reason, when it is aborted. */
async function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  let timer: unknown;
  const passed = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, ms);
  });
  try {
    await untilAborted(passed, signal);
  } finally {
    clock.clearTimeout(timer);
  }
}
