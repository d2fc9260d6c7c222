/**
 * What each request of a provider keeps to: a limit of time for the first result and for each next one, an abort that
 * takes effect at once, and one retry before the first result.
 */

import { untilAborted } from '../../../src/core/threads/until-aborted.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import { type AssistantError, timedOut } from '../parts/errors.ts';
import { withRetry } from './retry.ts';

export interface RequestLimits {
  /** Its name for people, e.g. `openai at api.openai.com`. */
  provider: string;
  clock: Clock;
  /** From the request to its first result, a retry included; and from one piece to the next. */
  timeoutMs: number;
  signal: AbortSignal;
  onRetry?: (error: AssistantError, pauseMs: number) => void;
  /** False: it makes its retries itself. */
  mayRetry?: boolean;
}

/** A request with one result. Rejects with the signal's reason when it is aborted. */
export function limitedCall<Result>(
  call: (signal: AbortSignal) => Promise<Result>,
  limits: RequestLimits,
): Promise<Result> {
  const attempt = (leftMs: number): Promise<Result> => {
    const request = new LimitedRequest(limits);
    return request.within(leftMs, 'an answer', () => call(request.signal));
  };
  return limits.mayRetry === false
    ? attempt(limits.timeoutMs)
    : withRetry(attempt, { ...limits, withinMs: limits.timeoutMs });
}

/** A request with a stream of results. Ends without an error when the signal is aborted. */
export async function* limitedStream<Item>(
  open: (signal: AbortSignal) => AsyncIterable<Item>,
  limits: RequestLimits,
): AsyncGenerator<Item, void, undefined> {
  const attempt = async (leftMs: number) => {
    const request = new LimitedRequest(limits);
    const items = open(request.signal)[Symbol.asyncIterator]();
    return { request, items, first: await request.within(leftMs, 'an answer', () => items.next()) };
  };
  let opened: Awaited<ReturnType<typeof attempt>> | undefined;
  try {
    opened =
      limits.mayRetry === false
        ? await attempt(limits.timeoutMs)
        : await withRetry(attempt, { ...limits, withinMs: limits.timeoutMs });
    const { request, items } = opened;
    for (let next = opened.first; !next.done; ) {
      if (limits.signal.aborted) return;
      yield next.value;
      next = await request.within(limits.timeoutMs, 'the rest of the answer', () => items.next());
    }
  } catch (error) {
    if (!limits.signal.aborted) throw error;
  } finally {
    opened?.request.end(opened.items);
  }
}

class LimitedRequest {
  readonly #limits: RequestLimits;
  readonly #controller = new AbortController();

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** Aborted when the limit of time is exceeded, when the caller aborts, and at the end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Closes the stream, whose own error does not matter any more. It is not waited for: it may hang. */
  end(items: AsyncIterator<unknown>): void {
    this.#controller.abort();
    items.return?.().catch(() => {});
  }

  async within<Result>(ms: number, what: string, work: () => Promise<Result>): Promise<Result> {
    const { clock, signal, provider } = this.#limits;
    let timer: unknown;
    const late = new Promise<void>((resolve) => {
      if (Number.isFinite(ms)) timer = clock.setTimeout(resolve, ms);
    }).then(() => Promise.reject(timedOut(provider, what, ms)));
    try {
      signal.throwIfAborted();
      return await untilAborted(Promise.race([work(), late]), signal);
    } catch (error) {
      // Whatever ended it: what was opened for it is closed.
      this.#controller.abort(error);
      throw error;
    } finally {
      clock.clearTimeout(timer);
    }
  }
}
