/**
 * Collects encoded frames into packets. Pure: all frames come out in order, none lost, none repeated.
 */

import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import { type AudioPacket, turnTagOf } from '../../src/protocol/packet.ts';

export interface Packetizer {
  /**
   * Adds a frame. A gap in the sample clock ends the current packet; the next one has DISCONTINUITY.
   *
   * @param isHasty the packet does not wait for more
   */
  add(frame: Uint8Array, timestamp: number, onPacket: (packet: AudioPacket) => void, isHasty?: boolean): void;
  /** The last packet, FINAL: the remaining frames, or the empty marker of the specification. */
  finish(): AudioPacket;
}

export function createPacketizer(turn: number, framesPerPacket: number): Packetizer {
  let frames: Uint8Array[] = [];
  let sequence = 0;
  let firstTimestamp = 0;
  let nextTimestamp = 0;
  let discontinuity = false;

  function take(final: boolean): AudioPacket {
    const packet: AudioPacket = {
      final,
      discontinuity,
      pcm: false,
      turn: turnTagOf(turn),
      sequence,
      timestamp: frames.length > 0 ? firstTimestamp : nextTimestamp,
      frames,
    };
    sequence += frames.length;
    frames = [];
    discontinuity = false;
    return packet;
  }

  return {
    add(frame, timestamp, onPacket, isHasty = false) {
      if (timestamp !== nextTimestamp) {
        if (frames.length > 0) onPacket(take(false));
        discontinuity = true;
      }
      if (frames.length === 0) firstTimestamp = timestamp;
      frames.push(frame);
      nextTimestamp = timestamp + RECOMMENDED_FRAME_SIZE;
      if (isHasty || frames.length === framesPerPacket) onPacket(take(false));
    },
    finish: () => take(true),
  };
}
