/**
 * Opus with @discordjs/opus (libopus) and the specification's settings. A frame of a wrong size aborts the process inside the native
 * library, so each call is checked first.
 */
import { createRequire } from 'node:module';
import { EarshotError } from '../../src/core/errors.ts';
import {
  CHANNELS,
  type FrameSize,
  isFrameSize,
  OPUS_BITRATE,
  OPUS_COMPLEXITY,
  OPUS_PACKET_LOSS_PERCENT,
  RECOMMENDED_FRAME_SIZE,
  SAMPLE_RATE_HZ,
} from '../../src/protocol/format.ts';
import { MAX_FRAME_BYTES } from '../../src/protocol/packet.ts';

/** Encoder controls and values of opus_defines.h. The library's own default application is AUDIO. */
const OPUS_RESET_STATE = 4_028;
const OPUS_SET_APPLICATION = 4_000;
const OPUS_APPLICATION_VOIP = 2_048;
const OPUS_SET_COMPLEXITY = 4_010;
const OPUS_SET_INBAND_FEC = 4_012;
const OPUS_SET_PACKET_LOSS_PERC = 4_014;
const OPUS_SET_DTX = 4_016;

export interface EncoderSettings {
  bitrate: number;
  /** 0 to 10. */
  complexity: number;
  packetLossPercent: number;
  fec: boolean;
  dtx: boolean;
}

export const SPECIFIED_SETTINGS: EncoderSettings = {
  bitrate: OPUS_BITRATE,
  complexity: OPUS_COMPLEXITY,
  packetLossPercent: OPUS_PACKET_LOSS_PERCENT,
  fec: true,
  dtx: true,
};

export interface FrameEncoder {
  /**
   * Encodes one frame of one of the six Opus sizes, in the order of the stream. The result is a copy.
   *
   * @throws EarshotError `frame_size` for any other length, `codec_failed` when libopus returns an error.
   */
  encode(samples: Int16Array): Uint8Array;
  configure(settings: Partial<EncoderSettings>): void;
  /** Another stream begins: the encoder then encodes like a new one with these settings. */
  restart?(settings: EncoderSettings): void;
}

interface NativeOpus {
  encode(samples: Buffer): Buffer;
  decode(frame: Buffer): Buffer;
  applyEncoderCTL(control: number, value: number): void;
  setBitrate(bitrate: number): void;
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
  configure(settings);

  function configure({ bitrate, complexity, packetLossPercent, fec, dtx }: Partial<EncoderSettings>): void {
    if (bitrate !== undefined) opus.setBitrate(bitrate);
    if (complexity !== undefined) opus.applyEncoderCTL(OPUS_SET_COMPLEXITY, complexity);
    if (packetLossPercent !== undefined) opus.applyEncoderCTL(OPUS_SET_PACKET_LOSS_PERC, packetLossPercent);
    if (fec !== undefined) opus.applyEncoderCTL(OPUS_SET_INBAND_FEC, Number(fec));
    if (dtx !== undefined) opus.applyEncoderCTL(OPUS_SET_DTX, Number(dtx));
  }

  return {
    configure,
    restart(next) {
      opus.applyEncoderCTL(OPUS_RESET_STATE, 0);
      configure(next);
    },
    encode(samples) {
      if (!isFrameSize(samples.length)) {
        throw new EarshotError(
          'frame_size',
          `a block of ${samples.length} samples is not an Opus frame`,
          'Pass 2.5, 5, 10, 20, 40 or 60 ms.',
        );
      }
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
