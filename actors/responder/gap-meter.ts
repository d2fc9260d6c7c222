/**
 * Finds the silence that a sender left out (DTX, or a card that was away): where a timestamp is later than the frames
 * before it account for.
 */
import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';

/** Returns, packet by packet, the samples missing before it. Timestamps wrap at 32 bits. */
export function createGapMeter(): (timestamp: number, frames: number) => number {
  let expected: number | undefined;
  return (timestamp, frames) => {
    const gapSamples = expected === undefined ? 0 : (timestamp - expected) | 0;
    expected = (timestamp + frames * RECOMMENDED_FRAME_SIZE) >>> 0;
    return Math.max(0, gapSamples);
  };
}
