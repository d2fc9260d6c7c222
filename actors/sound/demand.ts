/** For devices that take whole blocks. */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { SpeakerHandlers } from './port.ts';

/** Fills the whole block. */
export function demandBlock(onDemand: SpeakerHandlers['onDemand'], block: Int16Array, dueAtMs: number): void {
  block.fill(0);
  for (let at = 0; at < block.length; )
    at += onDemand(block.subarray(at), dueAtMs + at / SAMPLES_PER_MS) || block.length;
}
