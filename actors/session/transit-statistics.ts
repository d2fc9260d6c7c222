/**
 * How the packets of one utterance arrive, for the sender's encoder: how late, and how many are lost. Pure.
 */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';

/** The statistics since the last report. */
export interface TransitReport {
  /** Relative to the fastest packet of the turn: the 95th percentile. */
  lateMs: number;
  /** Frames that were skipped because they never arrived. */
  lost: number;
}

/** Packets between two reports: many times the number in half a second of speech. */
const REMEMBERED_PACKETS = 200;

export interface TransitStatistics {
  /** A new packet; `missing` frames before it were skipped. */
  observe(packet: AudioPacket, missing: number, nowMs: number): void;
  /** Undefined when nothing arrived since the last report. */
  take(): TransitReport | undefined;
}

export function createTransitStatistics(): TransitStatistics {
  return new TransitTimes();
}

class TransitTimes implements TransitStatistics {
  /** Of the packets since the last report. The array is reused. */
  readonly #transitsMs: number[] = [];
  #packets = 0;
  #fastestMs = Number.POSITIVE_INFINITY;
  #lost = 0;

  observe({ timestamp, frames }: AudioPacket, missing: number, nowMs: number): void {
    this.#lost += missing;
    if (frames.length === 0) return;
    const transitMs = nowMs - timestamp / SAMPLES_PER_MS;
    this.#fastestMs = Math.min(this.#fastestMs, transitMs);
    if (this.#packets < REMEMBERED_PACKETS) this.#transitsMs[this.#packets++] = transitMs;
  }

  take(): TransitReport | undefined {
    if (this.#packets === 0) return undefined;
    const sorted = this.#transitsMs.slice(0, this.#packets).sort((a, b) => a - b);
    const slowestMs = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? this.#fastestMs;
    const report = { lateMs: Math.round(slowestMs - this.#fastestMs), lost: this.#lost };
    this.#packets = 0;
    this.#lost = 0;
    return report;
  }
}
