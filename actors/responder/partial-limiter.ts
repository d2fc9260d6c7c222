/**
 * Limits how often partial transcripts are sent: the newest at once, then one at most every 200 ms. A person reads no faster, and each is
 * a message to the device.
 */
import type { Clock } from '../../src/core/time/clock.ts';

export const PARTIAL_INTERVAL_MS = 200;

export function createPartialLimiter(
  clock: Pick<Clock, 'now' | 'setTimeout'>,
  send: (text: string) => void,
): (text: string) => void {
  let sentAtMs = Number.NEGATIVE_INFINITY;
  let sent = '';
  let waiting: string | undefined;

  function flush(): void {
    const text = waiting;
    waiting = undefined;
    if (text === undefined || text === sent) return;
    sent = text;
    sentAtMs = clock.now();
    send(text);
  }

  return (text) => {
    const isTimed = waiting !== undefined;
    waiting = text;
    const waitMs = sentAtMs + PARTIAL_INTERVAL_MS - clock.now();
    if (waitMs <= 0 && !isTimed) flush();
    else if (!isTimed) clock.setTimeout(flush, waitMs);
  };
}
