/**
 * Counts the audio packets between devices and the gateway, those that come twice included.
 */
export interface PacketCount {
  packets: number;
  /** Without the headers of WebSocket and below. */
  bytes: number;
}

export interface Traffic {
  /** From devices. */
  readonly received: PacketCount;
  /** To devices. */
  readonly sent: PacketCount;
}

export const createTraffic = (): Traffic => ({
  received: { packets: 0, bytes: 0 },
  sent: { packets: 0, bytes: 0 },
});

export function countPacket(count: PacketCount, packet: Uint8Array): void {
  count.packets += 1;
  count.bytes += packet.length;
}
