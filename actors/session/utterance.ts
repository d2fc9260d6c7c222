/**
 * The utterance of one turn as it arrives at the gateway: each frame once and in order, whatever is sent again after a
 * reconnect. Pure.
 */
import type { AudioPacket } from '../../src/protocol/packet.ts';

export interface Utterance {
  /** First frame that is missing. */
  readonly next: number;
  /** FINAL is here, and everything before it. */
  readonly complete: boolean;
  /**
   * Takes a packet. `new`: it is the next; hand it on. `repeated`: it was here already. `ahead`: frames before it are missing
   * and its sender does not say that they were left out (DISCONTINUITY); it is not kept.
   */
  add(packet: AudioPacket): 'new' | 'repeated' | 'ahead';
  packets(): readonly AudioPacket[];
}

export function createUtterance(): Utterance {
  const packets: AudioPacket[] = [];
  let next = 0;
  let complete = false;
  return {
    get next() {
      return next;
    },
    get complete() {
      return complete;
    },
    add(packet) {
      const { sequence, frames, final, discontinuity } = packet;
      const end = sequence + frames.length;
      if (complete || (frames.length > 0 ? end <= next : sequence < next)) return 'repeated';
      if (sequence > next && !discontinuity) return 'ahead';
      packets.push(packet);
      next = end;
      complete = final;
      return 'new';
    },
    packets: () => packets,
  };
}
