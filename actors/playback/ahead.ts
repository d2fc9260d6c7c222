/**
 * How far ahead of their time samples go to the card: a card that is given whole stretches wakes the processor less often,
 * but what it has can't be stretched any more to wait for a late packet, nor be taken back when it is interrupted.
 */
import type { JitterBuffer } from './jitter-buffer.ts';

/** Whether the 10 ms that are due at `dueMs` may go to the card now. */
export function mayGoAhead(buffer: JitterBuffer, dueMs: number, nowMs: number, aheadMs: number): boolean {
  return dueMs - nowMs < aheadMs && buffer.isReady(nowMs);
}
