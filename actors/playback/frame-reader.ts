/**
 * Converts frames to samples: Opus through the decoder, PCM directly, and concealment for what the decoder refuses, so
 * that no packet can stop playback.
 */
import { EarshotError } from '../../src/core/errors.ts';
import { BYTES_PER_SAMPLE, RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import type { FrameDecoder } from './jitter-buffer.ts';

export class FrameReader {
  rejectedFrames = 0;
  /** Whether the frame that was read last was concealed. */
  wasRejected = false;
  private readonly pcm = new Int16Array(RECOMMENDED_FRAME_SIZE);
  private readonly silence = new Int16Array(RECOMMENDED_FRAME_SIZE);
  private readonly decoder: FrameDecoder;

  constructor(decoder: FrameDecoder) {
    this.decoder = decoder;
  }

  /** The samples are valid until the next call. */
  read(frame: Uint8Array, isPcm: boolean): Int16Array {
    this.wasRejected = false;
    try {
      return whole(isPcm ? this.readPcm(frame) : this.decoder.decode(frame));
    } catch (error) {
      if (!(error instanceof EarshotError)) throw error;
      this.wasRejected = true;
      this.rejectedFrames += 1;
      return this.conceal();
    }
  }

  conceal(): Int16Array {
    try {
      return whole(this.decoder.conceal());
    } catch (error) {
      if (!(error instanceof EarshotError)) throw error;
      return this.silence;
    }
  }

  /** Whether recovery is possible: the decoder supports it, and the frame is not a placeholder. */
  mayRecover(next: Uint8Array): boolean {
    return this.decoder.recover !== undefined && next.length > 2;
  }

  /** The frame before `next`, from the copy in it; undefined when it has none. */
  recover(next: Uint8Array): Int16Array | undefined {
    if (this.decoder.recover === undefined) return undefined;
    try {
      const samples = this.decoder.recover(next);
      return samples && whole(samples);
    } catch (error) {
      if (!(error instanceof EarshotError)) throw error;
      return undefined;
    }
  }

  private readPcm(frame: Uint8Array): Int16Array {
    if (frame.length !== RECOMMENDED_FRAME_SIZE * BYTES_PER_SAMPLE) throw wrongSize(frame.length >> 1);
    for (let i = 0; i < this.pcm.length; i++) this.pcm[i] = (frame[2 * i] ?? 0) | ((frame[2 * i + 1] ?? 0) << 8);
    return this.pcm;
  }
}

/** The buffer has places of 20 ms and cannot store anything else. */
function whole(samples: Int16Array): Int16Array {
  if (samples.length !== RECOMMENDED_FRAME_SIZE) throw wrongSize(samples.length);
  return samples;
}

function wrongSize(samples: number): EarshotError {
  return new EarshotError('frame_size', `a frame has ${samples} samples instead of 320`, 'The fault is at the sender.');
}
