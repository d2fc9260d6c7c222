/**
 * How far ahead of their time samples are given to the card. A card that gets long blocks wakes the processor less
 * often, but samples in the card can't be stretched to wait for a late packet, and can't be removed on an interruption.
 */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { type JitterBuffer, TICK_SAMPLES } from './jitter-buffer.ts';

export const TICK_MS = TICK_SAMPLES / SAMPLES_PER_MS;
/** The limit of how much earlier the caller is called: two due ticks are still handled together. */
const EARLY_MS = 2;

/** Whether the 10 ms that are due at `dueMs` may be given to the card now. */
export function mayGoAhead(buffer: JitterBuffer, dueMs: number, nowMs: number, aheadMs: number): boolean {
  return dueMs + TICK_MS - nowMs <= aheadMs + EARLY_MS && buffer.isReady(nowMs);
}
