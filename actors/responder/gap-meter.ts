/**
 * Detects silence that a sender left out (DTX, or a card that was disconnected): where a timestamp is later than the
 * frames before it explain.
 */
import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';

/** Returns for each packet the samples that are missing before it. Timestamps wrap at 32 bits. */
export function createGapMeter(): (timestamp: number, frames: number) => number {
  let expected: number | undefined;
  return (timestamp, frames) => {
    const gapSamples = expected === undefined ? 0 : (timestamp - expected) | 0;
    expected = (timestamp + frames * RECOMMENDED_FRAME_SIZE) >>> 0;
    return Math.max(0, gapSamples);
  };
}
