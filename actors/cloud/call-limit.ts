/**
 * A call of the cloud that has no answer for long has failed for its caller. Convex's client sends a mutation again after a reconnect, and waits
 * without an end for its answer and the Transition after it: a fault there would hold up a device's records for as long as the gateway runs.
 */
import { EarshotError } from '../../src/core/errors.ts';
import type { Clock } from '../../src/core/time/clock.ts';

/** Much longer than a cloud with too much to do takes, or one that is restarted. The same record may be told twice then, which changes nothing. */
export const CALL_LIMIT_MS = 5 * 60_000;

export interface CallLimit {
  /** @throws EarshotError (by rejection) `cloud_unavailable` after {@link CALL_LIMIT_MS} */
  limited<T>(call: Promise<T>): Promise<T>;
  /** The client is closed: calls without an answer stay without one. */
  close(): void;
}

export function createCallLimit(clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>): CallLimit {
  const timers = new Set<unknown>();
  let isClosed = false;

  async function limited<T>(call: Promise<T>): Promise<T> {
    if (isClosed) return await call;
    let timer: unknown;
    const limit = new Promise<never>((_, reject) => {
      timer = clock.setTimeout(() => reject(noAnswer()), CALL_LIMIT_MS);
      timers.add(timer);
    });
    try {
      return await Promise.race([call, limit]);
    } finally {
      clock.clearTimeout(timer);
      timers.delete(timer);
    }
  }

  return {
    limited,
    close() {
      isClosed = true;
      for (const timer of timers) clock.clearTimeout(timer);
      timers.clear();
    },
  };
}

function noAnswer(): EarshotError {
  const message = `The cloud did not answer within ${CALL_LIMIT_MS / 60_000} minutes`;
  return new EarshotError('cloud_unavailable', message, 'It is tried again.');
}
