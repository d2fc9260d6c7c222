/**
 * Receives the reply of one turn: accepts each frame once, even if it is sent again after a reconnect, and no more frames than a reply
 * may have. Pure.
 */
import { FRAME_SIZE_20_MS } from '../../src/protocol/format.ts';
import { encodePacket, frameCountOf, isFinal, sequenceOf, timestampOf } from '../../src/protocol/packet.ts';
import { MAX_REPLY_FRAMES } from './gateway-bounds.ts';

/** `new`: not received before. `last`: likewise, and the reply is complete. `repeated`: received before. `too-long`: beyond the limit. */
export type ReplyArrival = 'new' | 'last' | 'repeated' | 'too-long';

export class ReplyReceiver {
  /** It was announced, or a part of it has come. */
  isBegun = false;
  /** First frame that was not received. */
  next = 0;
  /** The last packet was received. */
  isComplete = false;
  firstArrivedAtMs: number | undefined;
  /** Where the sound ends that has come, in samples. */
  #endTimestamp = 0;

  add(packet: Uint8Array, nowMs: number): ReplyArrival {
    const frames = frameCountOf(packet);
    const end = sequenceOf(packet) + frames;
    if (end > MAX_REPLY_FRAMES) return 'too-long';
    if (frames > 0 && end <= this.next) return 'repeated';
    this.isBegun = true;
    this.firstArrivedAtMs ??= nowMs;
    this.#endTimestamp = Math.max(this.#endTimestamp, timestampOf(packet) + frames * FRAME_SIZE_20_MS);
    this.next = Math.max(this.next, end);
    if (!isFinal(packet) || this.isComplete) return 'new';
    this.isComplete = true;
    return 'last';
  }

  /** Ends it after what has come. */
  finalPacket(turnTag: number): Uint8Array {
    const marker = { final: true, discontinuity: false, pcm: false, turn: turnTag, frames: [] };
    return encodePacket({ ...marker, sequence: this.next, timestamp: this.#endTimestamp });
  }
}
