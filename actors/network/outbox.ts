/**
 * The packets of the current turn: kept whole, in order, until the turn is over. What the socket can't take yet waits here,
 * so the socket's own buffer stays small and nothing is dropped.
 */
import type { UplinkPacket } from '../../src/data-plane.ts';

export interface Outbox {
  readonly turn: number;
  /** Keeps a packet. False when the turn has reached the limit: the packet is not kept, and counted. */
  add(packet: UplinkPacket): boolean;
  /** The next packet that was not sent yet. */
  peek(): UplinkPacket | undefined;
  /** Counts the peeked packet as sent. */
  advance(): void;
  stats(): { packets: number; unsent: number; bytes: number; dropped: number; limit: number };
}

export function createOutbox(turn: number, limitPackets: number): Outbox {
  const packets: UplinkPacket[] = [];
  let sent = 0;
  let bytes = 0;
  let dropped = 0;
  return {
    turn,
    add(packet) {
      if (packets.length >= limitPackets) {
        dropped += 1;
        return false;
      }
      packets.push(packet);
      bytes += packet.bytes.length;
      return true;
    },
    peek: () => packets[sent],
    advance() {
      if (sent < packets.length) sent += 1;
    },
    stats: () => ({ packets: packets.length, unsent: packets.length - sent, bytes, dropped, limit: limitPackets }),
  };
}
