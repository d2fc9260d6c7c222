/**
 * Turns frames into samples, whatever comes: Opus through the decoder, PCM as it is, and concealment for what the decoder
 * refuses, so that no packet from outside can stop the sound.
 */
import { EarshotError } from '../../src/core/errors.ts';
import { BYTES_PER_SAMPLE, RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import type { FrameDecoder } from './jitter-buffer.ts';

export class FrameReader {
  rejectedFrames = 0;
  /** Whether the frame that was read last had to be made up. */
  wasRejected = false;
  private readonly pcm = new Int16Array(RECOMMENDED_FRAME_SIZE);
  private readonly silence = new Int16Array(RECOMMENDED_FRAME_SIZE);
  private readonly decoder: FrameDecoder;

  constructor(decoder: FrameDecoder) {
    this.decoder = decoder;
  }

  /** The samples are lent until the next call. */
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

  /** Whether it is worth trying: the decoder can, and this is no stand-in. */
  mayRecover(next: Uint8Array): boolean {
    return this.decoder.recover !== undefined && next.length > 2;
  }

  /** The frame before `next`, from the copy in it; undefined where there is none. */
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

/** A buffer of 20 ms places can take nothing else. */
function whole(samples: Int16Array): Int16Array {
  if (samples.length !== RECOMMENDED_FRAME_SIZE) throw wrongSize(samples.length);
  return samples;
}

function wrongSize(samples: number): EarshotError {
  return new EarshotError('frame_size', `a frame of ${samples} samples where 320 are due`, 'The sender is at fault.');
}
