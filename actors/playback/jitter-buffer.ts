/**
 * The interface of every jitter buffer: it takes packets as they arrive, and gives samples for the times at which they
 * are due at the card.
 *
 * Pure logic in the card's time, without timers and without a clock. `fixed` is the specification's, `adaptive` is
 * Earshot's.
 */
import type { AudioPacket } from '../../src/protocol/packet.ts';

/** 10 ms at 16 kHz: the most that one `pull` fills. */
export const TICK_SAMPLES = 160;

/** Decodes one stream, in order. The samples are valid until the next call. */
export interface FrameDecoder {
  /** @throws EarshotError for an invalid frame; the buffer then counts and conceals it. */
  decode(frame: Uint8Array): Int16Array;
  /** Concealment of one lost 20 ms frame, continuing the samples decoded last. */
  conceal(): Int16Array;
  /**
   * The lost frame before `next`, from the copy in `next` (in-band FEC); undefined when it has none. `next` itself is
   * decoded afterwards. Absent when the decoder cannot do it.
   */
  recover?(next: Uint8Array): Int16Array | undefined;
}

/** The result of a pull. */
export type PullState =
  /** Nothing has been played yet; the buffer is filling. */
  | 'priming'
  | 'playing'
  /** The buffer is empty: silence or concealment. */
  | 'underrun'
  /** FINAL was played: nothing follows. */
  | 'ended';

/**
 * Counted since the first packet. For every buffer and at every moment
 *
 *     playedMs = outMs − concealedMs + lostMs + acceleratedMs − slowedMs + droppedMs
 *
 * (the content identity): everything that is skipped, repeated or concealed is counted.
 */
export interface JitterBufferStats {
  /** Buffered audio, in ms. */
  bufferedMs: number;
  /** The playback position: media time of the next sample, relative to the first one that arrived. */
  playedMs: number;
  /** Given to the card since the first sample: content, silence and concealment. */
  outMs: number;
  frames: number;
  /** Times that the buffer ran empty because the next frame was late. */
  underruns: number;
  /** Times that samples were concealed, for late and for lost frames. */
  concealmentEvents: number;
  /** Concealment of 150 ms or more without a break. */
  interruptions: number;
  /** Silence or concealment instead of content. */
  concealedMs: number;
  /** Content that never arrived, or could not be decoded, and was skipped in media time. */
  lostMs: number;
  /** Content removed by time stretching to catch up: pitch periods, parts of pauses. */
  acceleratedMs: number;
  /** Samples inserted by time stretching to wait: pitch periods, longer pauses. */
  slowedMs: number;
  /** Content skipped to reduce a delay that is far too long. */
  droppedMs: number;
  /** Frames that did not arrive in time although later ones did. Those recovered by FEC are not among them. */
  lostFrames: number;
  /** Lost frames recovered from the copy in the packet after them. */
  recoveredFrames: number;
  /** Arrived after their time and were dropped. */
  lateFrames: number;
  duplicateFrames: number;
  /** Packets that arrived after a later one, and in time. */
  reorderedPackets: number;
  /** Dropped at the limit of the buffer. */
  droppedFrames: number;
  /** Frames that the decoder refused. */
  rejectedFrames: number;
  /** Places where the sender left audio out (DISCONTINUITY), and jumps in time that restarted the buffer. */
  discontinuities: number;
  /** Time from the recent fastest arrival until the next sample is due, and the target of the policy. */
  delayMs: number;
  targetMs: number;
}

export interface JitterBuffer {
  /** Limit of the buffered audio; more is dropped and counted. */
  readonly limitMs: number;
  /** The result of the last pull. */
  readonly state: PullState;
  /** Frames dropped at the limit so far. */
  readonly droppedFrames: number;
  /** A packet that arrived at `nowMs` on the card's clock. Its frames are referenced, not copied. */
  push(packet: AudioPacket, nowMs: number): void;
  /**
   * Whether the next 10 ms may be pulled before they are due: they are there, and the next packet is not late, so that
   * they are not needed for stretching.
   */
  isReady(nowMs: number): boolean;
  /**
   * Fills `out`, up to 10 ms, with the next samples, which are due at `dueMs`. Returns how many these are: at least
   * one, and fewer than all when the following ones may still arrive in time; then the caller asks again when these
   * were played. A caller that pulls ahead passes the current time: what is not due yet is not late. In the states
   * `priming` and `ended`: silence, and all of it.
   */
  pull(out: Int16Array, dueMs: number, nowMs?: number): number;
  /** Created for each call, so not called for every packet. */
  stats(): JitterBufferStats;
  /** The stream is over: no push or pull follows, and the memory may be used for the next stream. */
  release(): void;
}
