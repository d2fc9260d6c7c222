/**
 * The audio format and buffer sizes of the specification, under the specification's own names.
 *
 * Audio is PCM, 16 kHz, mono, signed 16-bit little-endian at both ends; on the wire it is Opus.
 */

/** Samples a second, in both directions ("Audio Format Specifications"). */
export const SAMPLE_RATE_HZ = 16_000;
export const CHANNELS = 1;
export const BYTES_PER_SAMPLE = 2;
export const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1_000;

/** The six frame sizes of Opus, in samples at 16 kHz ("Frame Size Configuration"). */
export const FRAME_SIZE_2_5_MS = 40;
export const FRAME_SIZE_5_MS = 80;
export const FRAME_SIZE_10_MS = 160;
export const FRAME_SIZE_20_MS = 320;
export const FRAME_SIZE_40_MS = 640;
export const FRAME_SIZE_60_MS = 960;
export const FRAME_SIZES = [
  FRAME_SIZE_2_5_MS,
  FRAME_SIZE_5_MS,
  FRAME_SIZE_10_MS,
  FRAME_SIZE_20_MS,
  FRAME_SIZE_40_MS,
  FRAME_SIZE_60_MS,
] as const;
export type FrameSize = (typeof FRAME_SIZES)[number];

/** The frame of the streaming path: 20 ms. All parts between microphone and speaker count in these. */
export const RECOMMENDED_FRAME_SIZE = FRAME_SIZE_20_MS;
/** Length of a frame on the wire, in ms. */
export const FRAME_MS = RECOMMENDED_FRAME_SIZE / SAMPLES_PER_MS;

/**
 * Sound card block of the specification, in samples. It is no multiple of a frame; capture makes frames of blocks of any size.
 * @public
 */
export const CHUNK_SIZE = 1_024;
/** Opus frames in one network packet. */
export const FRAMES_PER_CHUNK = 3;
/**
 * Samples in one network packet: 60 ms.
 * @public
 */
export const NETWORK_CHUNK_SIZE = FRAMES_PER_CHUNK * RECOMMENDED_FRAME_SIZE;
export const CHUNK_MS = FRAMES_PER_CHUNK * FRAME_MS;

/** Buffers in normal operation, in chunks of 60 ms ("Chunk Size Optimization"). */
export const RECORDING_BUFFER_SIZE = 50;
export const PLAYBACK_BUFFER_SIZE = 10;
export const MIN_PLAYBACK_BUFFER = 3;
/** Chunks to wait for above {@link HIGH_NETWORK_LATENCY_MS} ("Adaptive Buffering"). */
export const MIN_PLAYBACK_BUFFER_HIGH_LATENCY = 5;
export const HIGH_NETWORK_LATENCY_MS = 100;

/** Hard limits ("Buffer Limits"): the first two in chunks of 60 ms, the last in conversations. */
export const MAX_RECORDING_BUFFER = 100;
export const MAX_PLAYBACK_BUFFER = 50;
export const MAX_OFFLINE_BUFFER = 10;

/** Encoder settings ("Encoder Settings"). */
export const OPUS_BITRATE = 24_000;
export const OPUS_COMPLEXITY = 5;
export const OPUS_PACKET_LOSS_PERCENT = 10;

/** Target latencies in ms, stage by stage, and their total ("Target Latencies"). */
export const LATENCY_BUDGET_MS = {
  capture: 20,
  encode: 10,
  uplink: 50,
  cloud: 100,
  downlink: 50,
  decode: 10,
  playback: 20,
  total: 260,
} as const;

/** The stages of the assistant's answer, which take the place of `cloud`: targets for its embedded parts (docs/assistant.md). */
export const ASSISTANT_BUDGET_MS = { recognition: 100, firstToken: 10, firstSentence: 80, firstAudio: 10 } as const;

export function isFrameSize(samples: number): samples is FrameSize {
  return (FRAME_SIZES as readonly number[]).includes(samples);
}
