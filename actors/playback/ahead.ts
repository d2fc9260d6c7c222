/**
 * How far ahead of their time samples go to the card: a card that is given whole stretches wakes the processor less often,
 * but what it has can't be stretched any more to wait for a late packet, nor be taken back when it is interrupted.
 */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { type JitterBuffer, TICK_SAMPLES } from './jitter-buffer.ts';

export const TICK_MS = TICK_SAMPLES / SAMPLES_PER_MS;
/** Who asks is woken so early at most: two ticks that are due go together all the same. */
const EARLY_MS = 2;

/** Whether the 10 ms that are due at `dueMs` may go to the card now. */
export function mayGoAhead(buffer: JitterBuffer, dueMs: number, nowMs: number, aheadMs: number): boolean {
  return dueMs + TICK_MS - nowMs <= aheadMs + EARLY_MS && buffer.isReady(nowMs);
}
