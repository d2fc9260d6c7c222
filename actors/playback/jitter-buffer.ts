/**
 * What every jitter buffer does: takes packets as they arrive, gives samples as the card demands them.
 *
 * Pure logic in the card's time: no timer, no clock of its own. `fixed` is the specification's, `adaptive` Earshot's.
 */
import type { AudioPacket } from '../../src/protocol/packet.ts';

/** 10 ms at 16 kHz: what one `pull` fills. */
export const TICK_SAMPLES = 160;
export const TICK_MS = 10;

/** Decodes one stream, in order. The samples are only lent until the next call. */
export interface FrameDecoder {
  decode(frame: Uint8Array): Int16Array;
  /** Made-up sound in place of one lost 20 ms frame, continuing what was decoded last. */
  conceal(): Int16Array;
}

/** What a pull did. */
export type PullState =
  /** Nothing has been played yet; the buffer fills. */
  | 'priming'
  | 'playing'
  /** Ran empty: silence or concealment. */
  | 'underrun'
  /** FINAL was played: there is nothing more. */
  | 'ended';

export interface JitterBufferStats {
  /** Audio that waits, in ms. */
  bufferedMs: number;
  playedMs: number;
  frames: number;
  underruns: number;
  /** Silence or made-up sound in place of what should have been heard. */
  concealedMs: number;
  /** Came after their time and were dropped. */
  lateFrames: number;
  duplicateFrames: number;
  /** Dropped at the limit of the buffer. */
  droppedFrames: number;
}

export interface JitterBuffer {
  /** A packet that arrived at `nowMs` on the card's clock. */
  push(packet: AudioPacket, nowMs: number): void;
  /** Fills `out` (160 samples) with the next 10 ms. */
  pull(out: Int16Array, nowMs: number): PullState;
  stats(): JitterBufferStats;
}
