/** The audio of an utterance, decoded as it arrives. */
import { createOpusDecoder } from '../../codec/opus.ts';
import { concatenate } from '../../sound/s16.ts';

export function createUtteranceDecoder() {
  const decoder = createOpusDecoder();
  return {
    decode(frames: readonly Uint8Array[], gapSamples: number): Int16Array {
      return concatenate([new Int16Array(gapSamples), ...frames.map((frame) => decoder.decode(frame))]);
    },
  };
}
