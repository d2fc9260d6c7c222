/**
 * Opus with @discordjs/opus (libopus) and the specification's settings. A frame of a wrong size aborts the process inside the native
 * library, so each call is checked first.
 */
import { EarshotError } from '../../src/core/errors.ts';
import { loadAddon } from '../../src/core/files/prebuilt.ts';
import { CHANNELS, type FrameSize, SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import { MAX_FRAME_BYTES } from '../../src/protocol/packet.ts';
import type { EncoderSettings, FrameEncoder } from './encoder-settings.ts';
import {
  applyEncoderSettings,
  checkFrame,
  OPUS_APPLICATION_VOIP,
  OPUS_RESET_STATE,
  OPUS_SET_APPLICATION,
} from './opus-controls.ts';
import type { OpusDecoder } from './opus-decoder.ts';

interface Codec {
  encode(samples: Buffer): Buffer;
  decode(frame: Buffer): Buffer;
  applyEncoderCTL(control: number, value: number): void;
}
type NativeCodec = new (sampleRateHz: number, channels: number) => Codec;
type NativeModule = { OpusEncoder: NativeCodec };

export interface NativeOpus {
  createEncoder(settings: EncoderSettings): FrameEncoder;
  createDecoder(frameSamples: FrameSize): OpusDecoder;
}

/** @throws why the library cannot be loaded */
export function loadNativeOpus(): NativeOpus {
  const { OpusEncoder } = loadAddon<NativeModule>('opus.node', '@discordjs/opus');
  return {
    createEncoder: (settings) => createNativeEncoder(OpusEncoder, settings),
    createDecoder: (frameSamples) => createNativeDecoder(OpusEncoder, frameSamples),
  };
}

function createNativeEncoder(OpusEncoder: NativeCodec, settings: EncoderSettings): FrameEncoder {
  const opus = new OpusEncoder(SAMPLE_RATE_HZ, CHANNELS);
  opus.applyEncoderCTL(OPUS_SET_APPLICATION, OPUS_APPLICATION_VOIP);
  const configure = (changed: Partial<EncoderSettings>) =>
    applyEncoderSettings(changed, (control, value) => opus.applyEncoderCTL(control, value));
  configure(settings);

  return {
    configure,
    restart(next) {
      opus.applyEncoderCTL(OPUS_RESET_STATE, 0);
      configure(next);
    },
    encode(samples) {
      checkFrame(samples);
      try {
        // The native call returns a view into a buffer that the next call overwrites.
        return new Uint8Array(opus.encode(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)));
      } catch (cause) {
        throw codecFailed('encode', cause);
      }
    },
  };
}

function createNativeDecoder(OpusEncoder: NativeCodec, frameSamples: FrameSize): OpusDecoder {
  let opus = new OpusEncoder(SAMPLE_RATE_HZ, CHANNELS);
  const silence = new Int16Array(frameSamples);
  let lastToc: number | undefined;

  function run(frame: Uint8Array): Int16Array {
    try {
      const pcm = opus.decode(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength));
      return new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length >> 1);
    } catch (cause) {
      throw codecFailed('decode', cause);
    }
  }

  return {
    decode(frame) {
      // An empty buffer would give 5,760 samples of concealment instead of an error.
      if (frame.length === 0 || frame.length > MAX_FRAME_BYTES) {
        throw new EarshotError(
          'frame_size',
          `a frame of ${frame.length} bytes is not an Opus frame`,
          'The fault is at the sender.',
        );
      }
      const samples = run(frame);
      if (samples.length !== frameSamples) {
        throw new EarshotError(
          'frame_size',
          `a frame has ${samples.length} samples instead of ${frameSamples}`,
          'The fault is at the sender.',
        );
      }
      lastToc = frame[0];
      return samples;
    },

    // A packet with only the last TOC byte signals a loss to this binding.
    conceal() {
      return lastToc === undefined ? silence : run(Uint8Array.of(lastToc));
    },

    restart() {
      opus = new OpusEncoder(SAMPLE_RATE_HZ, CHANNELS);
      lastToc = undefined;
    },
  };
}

function codecFailed(what: string, cause: unknown): EarshotError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EarshotError(
    'codec_failed',
    `Opus could not ${what} a frame (${reason})`,
    'The stream goes on without it.',
    {
      cause,
    },
  );
}
