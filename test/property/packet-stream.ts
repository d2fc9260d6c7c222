/**
 * The requirements on a stream of packets, and a receiver that stores its frames.
 */
import assert from 'node:assert/strict';
import { createUplinkReceiver, type UplinkArrival } from '../../actors/session/uplink-receiver.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';

/** Each frame once, in order, at most `limit` to a packet, FINAL on the last packet alone. */
export function assertWellFormed(packets: readonly AudioPacket[], spoken: readonly Uint8Array[], limit: number): void {
  assert.deepEqual(
    packets.flatMap((packet) => packet.frames.map((frame) => [...frame])),
    spoken.map((frame) => [...frame]),
  );
  let next = 0;
  for (const packet of packets) {
    assert.equal(packet.sequence, next);
    assert.ok(packet.frames.length <= limit && (packet.frames.length > 0 || packet.final));
    next += packet.frames.length;
  }
  assert.deepEqual(
    packets.map(({ final }) => final),
    packets.map((_, i) => i === packets.length - 1),
  );
}

export function collectingUtterance() {
  const utterance = createUplinkReceiver(DEFAULT_LIMITS);
  const packets: AudioPacket[] = [];
  return {
    packets,
    get next() {
      return utterance.next;
    },
    get complete() {
      return utterance.complete;
    },
    add(packet: AudioPacket): UplinkArrival {
      const what = utterance.add(packet, 1);
      if (what === 'new') packets.push(packet);
      return what;
    },
  };
}
