/**
 * The reply of one turn as it arrives: each frame once, whatever is sent again after a reconnect, and no more of it than a reply may
 * have. Pure.
 */
import { frameCountOf, isFinal, sequenceOf } from '../../src/protocol/packet.ts';
import { MAX_REPLY_FRAMES } from './gateway-bounds.ts';

/** `new`: hand it on. `last`: likewise, and the reply is complete. `repeated`: it was here already. `too-long`: no reply is so long. */
export type ReplyArrival = 'new' | 'last' | 'repeated' | 'too-long';

export class ReplyReceiver {
  /** First frame that has not arrived. */
  next = 0;
  /** Its last packet is here. */
  isComplete = false;
  firstArrivedAtMs: number | undefined;

  add(packet: Uint8Array, nowMs: number): ReplyArrival {
    const frames = frameCountOf(packet);
    const end = sequenceOf(packet) + frames;
    if (end > MAX_REPLY_FRAMES) return 'too-long';
    if (frames > 0 && end <= this.next) return 'repeated';
    this.firstArrivedAtMs ??= nowMs;
    this.next = Math.max(this.next, end);
    if (!isFinal(packet) || this.isComplete) return 'new';
    this.isComplete = true;
    return 'last';
  }
}
