/**
 * How the packets of one utterance arrive, for the sender's encoder: how late, and what never came. Pure.
 */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';

/** What the receiver saw since it was last asked. */
export interface ArrivalReport {
  /** Against the packet of the turn that came fastest: the 95th percentile. */
  lateMs: number;
  /** Frames that were passed over because they never came. */
  lost: number;
}

/** Packets between two reports: many times what half a second of speech has. */
const REMEMBERED_PACKETS = 200;

export interface Arrivals {
  /** A packet that was new; `missing` frames before it were passed over. */
  observe(packet: AudioPacket, missing: number, nowMs: number): void;
  /** Undefined when nothing came since the last time. */
  take(): ArrivalReport | undefined;
}

export function createArrivals(): Arrivals {
  let fastestMs = Number.POSITIVE_INFINITY;
  let transits: number[] = [];
  let lost = 0;
  return {
    observe({ timestamp, frames }, missing, nowMs) {
      lost += missing;
      if (frames.length === 0) return;
      const transitMs = nowMs - timestamp / SAMPLES_PER_MS;
      fastestMs = Math.min(fastestMs, transitMs);
      if (transits.length < REMEMBERED_PACKETS) transits.push(transitMs);
    },
    take() {
      if (transits.length === 0) return undefined;
      const sorted = transits.sort((a, b) => a - b);
      const slowestMs = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? fastestMs;
      const report = { lateMs: Math.round(slowestMs - fastestMs), lost };
      transits = [];
      lost = 0;
      return report;
    },
  };
}
