/** The settings of an Opus encoder, the specification's values, and the interface of every encoder. */
import { OPUS_BITRATE, OPUS_COMPLEXITY, OPUS_PACKET_LOSS_PERCENT } from '../../src/protocol/format.ts';

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
