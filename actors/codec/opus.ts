/**
 * Opus with @discordjs/opus (libopus) and the specification's settings. A frame of a wrong size aborts the process inside the native
 * library, so each call is checked first.
 */
import { createRequire } from 'node:module';
import { EarshotError } from '../../src/core/errors.ts';
import { CHANNELS, type FrameSize, RECOMMENDED_FRAME_SIZE, SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import { MAX_FRAME_BYTES } from '../../src/protocol/packet.ts';
import { type EncoderSettings, type FrameEncoder, SPECIFIED_SETTINGS } from './encoder-settings.ts';
import {
  applyEncoderSettings,
  checkFrame,
  OPUS_APPLICATION_VOIP,
  OPUS_RESET_STATE,
  OPUS_SET_APPLICATION,
} from './opus-controls.ts';

interface NativeOpus {
  encode(samples: Buffer): Buffer;
  decode(frame: Buffer): Buffer;
  applyEncoderCTL(control: number, value: number): void;
}
type NativeModule = { OpusEncoder: new (sampleRateHz: number, channels: number) => NativeOpus };

const require = createRequire(import.meta.url);
let native: NativeModule | undefined;

/** Loads libopus when it is first needed. @throws EarshotError `codec_unavailable` */
function loadNative(): NativeModule {
  try {
    native ??= require('@discordjs/opus') as NativeModule;
    return native;
  } catch (cause) {
    throw new EarshotError(
      'codec_unavailable',
      'The Opus codec (@discordjs/opus) cannot be loaded',
      'Install a compiler (apt-get install build-essential python3) and run: npm rebuild @discordjs/opus',
      { cause },
    );
  }
}

export function createOpusEncoder(settings: EncoderSettings = SPECIFIED_SETTINGS): FrameEncoder {
  const { OpusEncoder } = loadNative();
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

/** A decoder of one stream, by default of 20 ms frames. Its result is valid until the next call. */
export function createOpusDecoder(frameSamples: FrameSize = RECOMMENDED_FRAME_SIZE) {
  const { OpusEncoder } = loadNative();
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
    /** @throws EarshotError `frame_size` for an empty or overlong frame, `codec_failed` for one that is not Opus. */
    decode(frame: Uint8Array): Int16Array {
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

    /**
     * Samples for one lost frame, by Opus' own concealment. A packet with only the last TOC byte signals a loss to this
     * binding. Silence before the first frame.
     */
    conceal(): Int16Array {
      return lastToc === undefined ? silence : run(Uint8Array.of(lastToc));
    },

    /** Another stream begins. */
    restart(): void {
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
