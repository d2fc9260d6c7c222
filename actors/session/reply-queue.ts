/**
 * What a responder has said, cut into packets for the wire. Sent packets are kept until the turn is over, so that the reply
 * can go on after a reconnect. Pure; bounded.
 */
import type { SpokenFrames } from '../../src/data-plane.ts';
import { RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { type AudioPacket, epochOf } from '../../src/protocol/packet.ts';

/** Longest reply: ten minutes, about 2 MB. What is said beyond that is dropped and counted. */
const MAX_FRAMES = 10 * 60 * 50;

export interface ReplyQueue {
  add(spoken: SpokenFrames): void;
  /** Where in the reply the next packet begins, in ms; undefined when nothing waits. */
  nextAtMs(): number | undefined;
  /** Takes the next packet. */
  take(): AudioPacket | undefined;
  /** Goes back to the packet that holds this frame: the first that the device lacks. */
  rewind(nextFrame: number): void;
  stats(): { waitingFrames: number; droppedFrames: number; limit: number };
}

export function createReplyQueue(turn: number, framesPerPacket: number): ReplyQueue {
  const packets: AudioPacket[] = [];
  let taken = 0;
  let sequence = 0;
  let timestamp = 0;
  let droppedFrames = 0;

  function addPacket(frames: Uint8Array[], final: boolean): void {
    packets.push({
      final,
      discontinuity: false,
      pcm: false,
      turn: epochOf(turn),
      sequence,
      timestamp: timestamp >>> 0,
      frames,
    });
    sequence += frames.length;
    timestamp += frames.length * RECOMMENDED_FRAME_SIZE;
  }

  function end(): void {
    // FINAL rides on the last packet if that has not gone yet; else it is the empty marker.
    const last = packets.at(-1);
    if (last && taken < packets.length) last.final = true;
    else addPacket([], true);
  }

  return {
    add({ frames, gapSamples, final }) {
      timestamp += gapSamples;
      // Frames that do not fill a packet are not held back: speech is worth more than a few header bytes.
      for (let at = 0; at < frames.length; at += framesPerPacket) {
        const part = frames.slice(at, at + framesPerPacket);
        if (sequence + part.length > MAX_FRAMES) droppedFrames += part.length;
        else addPacket(part, false);
      }
      if (final) end();
    },
    nextAtMs() {
      const next = packets[taken];
      // Far shorter than the 74 hours after which a timestamp wraps.
      return next && next.timestamp / SAMPLES_PER_MS;
    },
    take() {
      const packet = packets[taken];
      if (packet) taken += 1;
      return packet;
    },
    rewind(nextFrame) {
      const at = packets.findIndex((packet) => packet.sequence + packet.frames.length > nextFrame || packet.final);
      taken = at === -1 ? packets.length : at;
    },
    stats: () => ({
      waitingFrames: packets.slice(taken).reduce((sum, packet) => sum + packet.frames.length, 0),
      droppedFrames,
      limit: MAX_FRAMES,
    }),
  };
}
