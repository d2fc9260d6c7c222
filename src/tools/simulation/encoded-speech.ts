/**
 * Speech as a device sends it: encoded by the real encoder, and repeated for as long as needed.
 */
import type { EncoderSettings } from '../../../actors/codec/encoder-settings.ts';
import { createOpusEncoder } from '../../../actors/codec/opus.ts';
import { RECOMMENDED_FRAME_SIZE } from '../../protocol/format.ts';

export interface EncodedSpeech {
  frame(index: number): Uint8Array;
}

/** Encodes each frame at its first request; request in order. */
export function encodeSpeech(samples: Int16Array, settings: EncoderSettings): EncodedSpeech {
  const encoder = createOpusEncoder(settings);
  const block = new Int16Array(RECOMMENDED_FRAME_SIZE);
  const frames: Uint8Array[] = [];
  let position = 0;

  function encodeNext(): void {
    for (let i = 0; i < block.length; i++) {
      block[i] = samples[position] ?? 0;
      position = (position + 1) % samples.length;
    }
    frames.push(encoder.encode(block));
  }

  return {
    frame(index) {
      while (frames.length <= index) encodeNext();
      const frame = frames[index];
      if (frame === undefined) throw new RangeError(`frame ${index}`);
      return frame;
    },
  };
}
