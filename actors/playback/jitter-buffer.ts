/**
 * What every jitter buffer does: takes packets as they arrive, gives samples for when they are due at the card.
 *
 * Pure logic in the card's time: no timer, no clock of its own. `fixed` is the specification's, `adaptive` Earshot's.
 */
import type { AudioPacket } from '../../src/protocol/packet.ts';

/** 10 ms at 16 kHz: the most that one `pull` fills. */
export const TICK_SAMPLES = 160;

/** Decodes one stream, in order. The samples are only lent until the next call. */
export interface FrameDecoder {
  /** @throws EarshotError for what is not a frame; the buffer then counts and conceals it. */
  decode(frame: Uint8Array): Int16Array;
  /** Made-up sound in place of one lost 20 ms frame, continuing what was decoded last. */
  conceal(): Int16Array;
  /**
   * The lost frame before `next`, from the copy that `next` carries (in-band FEC); undefined when it carries none. `next`
   * itself is to be decoded afterwards. Missing where the decoder cannot do it.
   */
  recover?(next: Uint8Array): Int16Array | undefined;
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

/**
 * Counted since the first packet. For every buffer and at every moment
 *
 *     playedMs = outMs − concealedMs + lostMs + acceleratedMs − slowedMs + droppedMs
 *
 * (the content identity): nothing is skipped, repeated or made up without being counted.
 */
export interface JitterBufferStats {
  /** Audio that waits, in ms. */
  bufferedMs: number;
  /** How far the content has been played: media time of the next sample, from the first one that came. */
  playedMs: number;
  /** Given to the card since the first sound: content and what stood in for it. */
  outMs: number;
  frames: number;
  /** Times that the buffer ran empty because the next frame was late. */
  underruns: number;
  /** Times that sound had to be made up, for late frames and for lost ones. */
  concealmentEvents: number;
  /** Runs of made-up sound of 150 ms or more. */
  interruptions: number;
  /** Silence or made-up sound in place of what should have been heard. */
  concealedMs: number;
  /** Content that never came, or could not be decoded, and was passed over in media time. */
  lostMs: number;
  /** Content removed without a trace to catch up: periods of the voice, parts of pauses. */
  acceleratedMs: number;
  /** Sound inserted to wait: periods of the voice, longer pauses. */
  slowedMs: number;
  /** Content skipped to get back to the live edge. */
  droppedMs: number;
  /** Frames that never came in time although later ones did. Those that FEC brought back are not among them. */
  lostFrames: number;
  /** Lost frames decoded from the copy in the packet after them. */
  recoveredFrames: number;
  /** Came after their time and were dropped. */
  lateFrames: number;
  duplicateFrames: number;
  /** Packets that came after a later one, and in time. */
  reorderedPackets: number;
  /** Dropped at the limit of the buffer. */
  droppedFrames: number;
  /** Frames that the decoder refused. */
  rejectedFrames: number;
  /** Places where the sender said that it left something out, and jumps in time that restarted the buffer. */
  discontinuities: number;
  /** From the fastest arrival of late until the next sample is due, and what the policy aims at. */
  delayMs: number;
  targetMs: number;
}

export interface JitterBuffer {
  /** Audio that may wait; more is dropped, and counted. */
  readonly limitMs: number;
  /** What the last pull did. */
  readonly state: PullState;
  /** Frames dropped at the limit so far. */
  readonly droppedFrames: number;
  /** A packet that arrived at `nowMs` on the card's clock. Its frames are kept, not copied. */
  push(packet: AudioPacket, nowMs: number): void;
  /**
   * Whether the next 10 ms may be pulled before they are due: they are there, and the next packet is not late, so that they
   * need not be stretched to wait for it.
   */
  isReady(nowMs: number): boolean;
  /**
   * Fills `out`, up to 10 ms, with the next samples, which are due at `dueMs`, and returns how many these are: at least one, and
   * fewer than all where what follows may still come in time; then ask again when these have been played. Who pulls ahead says
   * what time it is: what is not due yet is not late. Silence, and all of it, in the states `priming` and `ended`.
   */
  pull(out: Int16Array, dueMs: number, nowMs?: number): number;
  /** Made for the call: not for every packet. */
  stats(): JitterBufferStats;
  /** The stream is over: nothing is pushed or pulled any more, and the memory is free for the next one. */
  release(): void;
}
