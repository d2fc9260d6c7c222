/**
 * Encodes a recording with Opus at one frame size: size, speed, quality, and the file itself.
 */
import type { EncoderSettings } from '../../../actors/codec/encoder-settings.ts';
import { createOpusDecoder, createOpusEncoder } from '../../../actors/codec/opus.ts';
import { createOpusStream, framesFor, PRE_SKIP } from '../../core/ogg/opus-file.ts';
import { joined } from '../../core/ogg/page.ts';
import { BYTES_PER_SAMPLE, type FrameSize, SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../protocol/format.ts';
import { compareQuality, type Quality } from './quality.ts';

export interface Trial {
  frameMs: number;
  frames: number;
  /** Of the Opus frames only; the file adds pages, the wire adds packets. */
  bytes: number;
  bitsPerSecond: number;
  /** Bytes of the samples by bytes of the frames. */
  ratio: number;
  /** Medians: other programs on the machine distort a mean. */
  encodeUs: number;
  decodeUs: number;
  /** Absent when the recording is silent. */
  quality?: Quality;
}

export interface TrialOptions {
  settings: EncoderSettings;
  comments?: readonly string[];
  onShare?: (share: number) => void;
  /** In ms. */
  now: () => number;
}

const US_PER_MS = 1_000;
/** At 16 kHz, as PRE_SKIP is at 48. */
const LOOKAHEAD_SAMPLES = PRE_SKIP / 3;

export function tryFrameSize(
  speech: Int16Array,
  frameSamples: FrameSize,
  { settings, comments = [], onShare, now }: TrialOptions,
): { trial: Trial; file: Uint8Array } {
  const encoder = createOpusEncoder(settings);
  const decoder = createOpusDecoder(frameSamples);
  const stream = createOpusStream({ frameSamples, comments });
  const pages = [stream.head];
  const frames = framesFor(speech.length, frameSamples);
  const decoded = new Int16Array(frames * frameSamples);
  let bytes = 0;
  const encodeMs = new Float64Array(frames);
  const decodeMs = new Float64Array(frames);
  for (let i = 0; i < frames; i++) {
    const at = i * frameSamples;
    const samples = new Int16Array(frameSamples);
    samples.set(speech.subarray(at, at + frameSamples));
    const startedMs = now();
    const frame = encoder.encode(samples);
    const encodedMs = now();
    decoded.set(decoder.decode(frame), at);
    encodeMs[i] = encodedMs - startedMs;
    decodeMs[i] = now() - encodedMs;
    bytes += frame.length;
    const page = stream.add(frame);
    if (page) pages.push(page);
    onShare?.((i + 1) / frames);
  }
  const quality = compareQuality(speech, decoded.subarray(LOOKAHEAD_SAMPLES));
  const trial = {
    frameMs: frameSamples / SAMPLES_PER_MS,
    frames,
    bytes,
    bitsPerSecond: (bytes * 8 * SAMPLE_RATE_HZ) / speech.length,
    ratio: (speech.length * BYTES_PER_SAMPLE) / bytes,
    encodeUs: median(encodeMs) * US_PER_MS,
    decodeUs: median(decodeMs) * US_PER_MS,
    ...(quality && { quality }),
  };
  return { trial, file: joined([...pages, stream.finish(speech.length)]) };
}

function median(values: Float64Array): number {
  return values.sort()[values.length >> 1] ?? 0;
}
