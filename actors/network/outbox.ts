/**
 * The packets of one turn: kept whole, in order, until the turn is over. What the socket can't take yet waits here, so the
 * socket's own buffer stays small and nothing is dropped; after a reconnect, sending goes on from where the gateway is.
 */
export interface OutgoingPacket {
  /** Number of its first frame. */
  sequence: number;
  frames: number;
  final: boolean;
  bytes: Uint8Array;
}

export interface Outbox {
  /** Keeps a packet. False when the turn has reached the limit: the packet is not kept, and counted. */
  add(packet: OutgoingPacket): boolean;
  /** The next packet that was not sent yet. */
  peek(): OutgoingPacket | undefined;
  /** Counts the peeked packet as sent. */
  advance(): void;
  /** Goes back (or ahead) to the packet that holds this frame: the first that the other end lacks. */
  rewind(nextFrame: number): void;
  /** The other end has all frames before this one. Returns how many it did not have before. */
  acknowledge(nextFrame: number): number;
  /** Frames that the other end has not confirmed. */
  unacknowledgedFrames(): number;
  stats(): { packets: number; unsent: number; bytes: number; dropped: number; limit: number };
}

export function createOutbox(limitPackets: number): Outbox {
  const packets: OutgoingPacket[] = [];
  let sent = 0;
  let bytes = 0;
  let dropped = 0;
  let acknowledged = 0;
  const end = () => {
    const last = packets.at(-1);
    return last ? last.sequence + last.frames : 0;
  };
  return {
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
    rewind(nextFrame) {
      const at = packets.findIndex((packet) => packet.sequence + packet.frames > nextFrame || packet.final);
      sent = at === -1 ? packets.length : at;
    },
    acknowledge(nextFrame) {
      const before = acknowledged;
      // Frames that were never here are not confirmed by anybody.
      acknowledged = Math.max(acknowledged, Math.min(nextFrame, end()));
      return acknowledged - before;
    },
    unacknowledgedFrames: () => Math.max(0, end() - acknowledged),
    stats: () => ({ packets: packets.length, unsent: packets.length - sent, bytes, dropped, limit: limitPackets }),
  };
}
