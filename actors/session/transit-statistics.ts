/**
 * How the packets of one utterance arrive, for the sender's encoder: how late, and what never came. Pure.
 */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';

/** What the receiver saw since it was last asked. */
export interface TransitReport {
  /** Against the packet of the turn that came fastest: the 95th percentile. */
  lateMs: number;
  /** Frames that were passed over because they never came. */
  lost: number;
}

/** Packets between two reports: many times what half a second of speech has. */
const REMEMBERED_PACKETS = 200;

export interface TransitStatistics {
  /** A packet that was new; `missing` frames before it were passed over. */
  observe(packet: AudioPacket, missing: number, nowMs: number): void;
  /** Undefined when nothing came since the last time. */
  take(): TransitReport | undefined;
}

export function createTransitStatistics(): TransitStatistics {
  return new TransitTimes();
}

class TransitTimes implements TransitStatistics {
  /** Of the packets since the last report; used again for those after it. */
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
