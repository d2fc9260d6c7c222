/**
 * Opus decoding with in-band FEC. The decoder returns a view of its samples in WebAssembly memory: no allocation and no copy for a frame.
 */
import { EarshotError } from '../../src/core/errors.ts';
import { CHANNELS, type FrameSize, RECOMMENDED_FRAME_SIZE, SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import { MAX_FRAME_BYTES } from '../../src/protocol/packet.ts';
import { freeWith, type Libopus } from './libopus.ts';
import type { OpusDecoder } from './opus-decoder.ts';
import { carriesFec } from './opus-packet.ts';

export interface FecDecoder extends OpusDecoder {
  /** The frame before `next`, as far as `next` repeats it; undefined where it does not. */
  recover(next: Uint8Array): Int16Array | undefined;
}

/** 120 ms, the longest packet (RFC 6716 §2.1.4), because a sender may put any duration into a frame. */
const MAX_DECODED_SAMPLES = 1_920;

/** @throws EarshotError `codec_unavailable` */
export function createFecDecoder(opus: Libopus, frameSamples: FrameSize = RECOMMENDED_FRAME_SIZE): FecDecoder {
  const stateBytes = opus.opus_decoder_get_size(CHANNELS);
  const decoder = opus.malloc(stateBytes + MAX_FRAME_BYTES + 1 + MAX_DECODED_SAMPLES * 2);
  const data = decoder + stateBytes;
  const pcm = (data + MAX_FRAME_BYTES + 1) & ~1;
  restart();
  let input = new Uint8Array(opus.memory.buffer, data, MAX_FRAME_BYTES);
  let output = new Int16Array(opus.memory.buffer, pcm, frameSamples);

  function restart(): void {
    if (decoder !== 0 && opus.opus_decoder_init(decoder, SAMPLE_RATE_HZ, CHANNELS) === 0) return;
    throw new EarshotError(
      'codec_unavailable',
      'The Opus decoder could not be created',
      'The machine is out of memory.',
    );
  }

  function run(bytes: number, maxSamples: number, fec: number): Int16Array {
    const samples = opus.opus_decode(decoder, bytes > 0 ? data : 0, bytes, pcm, maxSamples, fec);
    if (samples < 0) {
      throw new EarshotError(
        'codec_failed',
        `Opus could not decode a frame (error ${samples})`,
        'The stream goes on without it.',
      );
    }
    if (samples !== frameSamples) {
      throw new EarshotError(
        'frame_size',
        `a frame has ${samples} samples instead of ${frameSamples}`,
        'The fault is at the sender.',
      );
    }
    if (output.buffer !== opus.memory.buffer) output = new Int16Array(opus.memory.buffer, pcm, frameSamples);
    return output;
  }

  function take(frame: Uint8Array): void {
    if (frame.length === 0 || frame.length > MAX_FRAME_BYTES) {
      throw new EarshotError(
        'frame_size',
        `a frame of ${frame.length} bytes is not an Opus frame`,
        'The fault is at the sender.',
      );
    }
    // The memory may have grown for another decoder, which detaches the old buffer.
    if (input.buffer !== opus.memory.buffer) input = new Uint8Array(opus.memory.buffer, data, MAX_FRAME_BYTES);
    input.set(frame);
  }

  const handle: FecDecoder = {
    decode(frame) {
      take(frame);
      return run(frame.length, MAX_DECODED_SAMPLES, 0);
    },
    conceal() {
      return run(0, frameSamples, 0);
    },
    recover(next) {
      if (!carriesFec(next)) return undefined;
      take(next);
      return run(next.length, frameSamples, 1);
    },
    restart,
  };
  freeWith(handle, opus, decoder);
  return handle;
}
