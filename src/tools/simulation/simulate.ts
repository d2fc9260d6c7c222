/**
 * A stream from encoder to speaker over a delay trace, in virtual time: the real encoder, jitter buffer and decoder, and
 * measures of delay and quality.
 */
import { type EncoderSettings, SPECIFIED_SETTINGS } from '../../../actors/codec/encoder-settings.ts';
import { createStreamDecoder } from '../../../actors/codec/opus-fec.ts';
import { createAdaptiveJitterBuffer } from '../../../actors/playback/adaptive/adaptive.ts';
import { createFixedJitterBuffer } from '../../../actors/playback/fixed.ts';
import type { FrameDecoder, JitterBuffer, JitterBufferStats } from '../../../actors/playback/jitter-buffer.ts';
import { EarshotError } from '../../core/errors.ts';
import {
  FRAME_MS,
  HIGH_NETWORK_LATENCY_MS,
  MIN_PLAYBACK_BUFFER,
  MIN_PLAYBACK_BUFFER_HIGH_LATENCY,
  SAMPLES_PER_MS,
} from '../../protocol/format.ts';
import { arrivals } from './arrivals.ts';
import { LOST } from './delay-trace.ts';
import { type EncodedSpeech, encodeSpeech } from './encoded-speech.ts';
import { play, type Tick } from './playout.ts';

export const POLICIES = ['adaptive', 'fixed'] as const;
export type Policy = (typeof POLICIES)[number];

export interface Simulation {
  trace: readonly number[];
  packetMs: number;
  speech: Int16Array;
  policy: Policy;
  lossPercent: number;
  driftPpm: number;
  seed: number;
  /** Length of the stream; else the longer of speech and trace. The shorter one is repeated. */
  seconds?: number;
  /** For the adaptive policy: the point on the Pareto curve. */
  interruptionWeight?: number;
  /** The speech encoded already, with the settings of {@link settingsFor}. */
  encoded?: EncodedSpeech;
  onTick?: (tick: Tick) => void;
}

export interface SimulationResult {
  seconds: number;
  /** From sending a sample until it is played; during concealment the content's clock continues, as in NetEQ. */
  delayMs: { mean: number; p50: number; p95: number };
  /** The same by the content that was really played. */
  trueDelayMs: { mean: number; p50: number; p95: number };
  concealedPercent: number;
  eventsPerMinute: number;
  interruptionsOver150ms: number;
  acceleratedPercent: number;
  deceleratedPercent: number;
  /** Skipped because the buffer was too full. It makes the delay look better, so it is shown beside it. */
  droppedPercent: number;
  /** Frames. */
  late: number;
  lost: number;
  recovered: number;
  duplicates: number;
  dropped: number;
  discontinuities: number;
  /** Packets. */
  reordered: number;
}

/** The specification's settings, with FEC where the encoder controller would leave it on: where something is lost. */
export function settingsFor(trace: readonly number[], lossPercent: number): EncoderSettings {
  return { ...SPECIFIED_SETTINGS, fec: lossPercent > 0 || trace.includes(LOST) };
}

/** @throws EarshotError `usage` when nothing arrives. */
export function simulate(simulation: Simulation): SimulationResult {
  const { trace, packetMs, speech, lossPercent, driftPpm, seed, seconds, onTick } = simulation;
  const framesPerPacket = packetMs / FRAME_MS;
  const streamMs =
    seconds === undefined ? Math.max(trace.length * packetMs, speech.length / SAMPLES_PER_MS) : seconds * 1_000;
  const packets = Math.max(1, Math.ceil(streamMs / packetMs));
  const arriving = arrivals({ trace, packetMs, packets, lossPercent, driftPpm, seed });
  const last = arriving.reduce((newest, { packet }) => Math.max(newest, packet), -1);
  if (last < 0) throw new EarshotError('usage', 'Every packet is lost', 'Lower --loss, or give another trace.');
  const buffer = createBuffer(simulation);
  const delays: number[] = [];
  const trueDelays: number[] = [];
  play({
    buffer,
    speech: simulation.encoded ?? encodeSpeech(speech, settingsFor(trace, lossPercent)),
    arrivals: arriving,
    framesPerPacket,
    lastPacket: last,
    driftPpm,
    onTick(tick) {
      delays.push(tick.delayMs);
      trueDelays.push(tick.trueDelayMs);
      onTick?.(tick);
    },
  });
  return resultOf(buffer.stats(), delays, trueDelays);
}

function createBuffer({ policy, trace, interruptionWeight }: Simulation): JitterBuffer {
  const decoder: FrameDecoder = createStreamDecoder();
  if (policy === 'adaptive') {
    return createAdaptiveJitterBuffer(decoder, {
      mode: 'live',
      ...(interruptionWeight === undefined ? {} : { interruptionWeight }),
    });
  }
  const roundTripMs = 2 * spread(trace.filter((delayMs) => delayMs !== LOST)).p50;
  const isFar = roundTripMs > HIGH_NETWORK_LATENCY_MS;
  return createFixedJitterBuffer(decoder, {
    minChunks: isFar ? MIN_PLAYBACK_BUFFER_HIGH_LATENCY : MIN_PLAYBACK_BUFFER,
  });
}

function resultOf(stats: JitterBufferStats, delays: number[], trueDelays: number[]): SimulationResult {
  const percent = (ms: number): number => round((100 * ms) / stats.outMs, 3);
  return {
    seconds: round(stats.outMs / 1_000, 1),
    delayMs: spread(delays),
    trueDelayMs: spread(trueDelays),
    concealedPercent: percent(stats.concealedMs),
    eventsPerMinute: round(stats.concealmentEvents / (stats.outMs / 60_000), 2),
    interruptionsOver150ms: stats.interruptions,
    acceleratedPercent: percent(stats.acceleratedMs),
    deceleratedPercent: percent(stats.slowedMs),
    droppedPercent: percent(stats.droppedMs),
    late: stats.lateFrames,
    lost: stats.lostFrames,
    recovered: stats.recoveredFrames,
    duplicates: stats.duplicateFrames,
    dropped: stats.droppedFrames,
    discontinuities: stats.discontinuities,
    reordered: stats.reorderedPackets,
  };
}

function spread(values: readonly number[]): { mean: number; p50: number; p95: number } {
  const sorted = Float64Array.from(values).sort();
  const quantile = (share: number): number => round(sorted[Math.floor(share * sorted.length)] ?? 0, 1);
  const sum = sorted.reduce((total, value) => total + value, 0);
  return { mean: round(sum / sorted.length, 1), p50: quantile(0.5), p95: quantile(0.95) };
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
