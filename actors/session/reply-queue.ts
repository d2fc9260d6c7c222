/**
 * What a responder has said and was not sent yet, cut into packets for the wire. Pure; bounded.
 */
import type { SpokenFrames } from '../../src/data-plane.ts';
import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import { type AudioPacket, epochOf } from '../../src/protocol/packet.ts';

/** Longest reply that may wait: ten minutes. What is said beyond that is dropped and counted. */
const MAX_WAITING_FRAMES = 10 * 60 * 50;

export interface ReplyQueue {
  add(spoken: SpokenFrames): void;
  /** Where in the reply the next packet begins, in ms; undefined when nothing waits. */
  nextAtMs(): number | undefined;
  /** Takes the next packet. */
  take(): AudioPacket | undefined;
  stats(): { waitingFrames: number; droppedFrames: number; limit: number };
}

export function createReplyQueue(turn: number, framesPerPacket: number): ReplyQueue {
  const waiting: { frames: Uint8Array[]; gapSamples: number }[] = [];
  let waitingFrames = 0;
  let droppedFrames = 0;
  let ended = false;
  let finalTaken = false;
  let sequence = 0;
  let timestamp = 0;

  return {
    add({ frames, gapSamples, final }) {
      if (final) ended = true;
      if (frames.length === 0) return;
      if (waitingFrames + frames.length > MAX_WAITING_FRAMES) {
        droppedFrames += frames.length;
        return;
      }
      waiting.push({ frames, gapSamples });
      waitingFrames += frames.length;
    },
    nextAtMs() {
      if (waitingFrames === 0 && (!ended || finalTaken)) return undefined;
      return (timestamp + (waiting[0]?.gapSamples ?? 0)) / 16;
    },
    take() {
      const head = waiting[0];
      if (!head && (!ended || finalTaken)) return undefined;
      timestamp += head?.gapSamples ?? 0;
      const frames = head?.frames.slice(0, framesPerPacket) ?? [];
      if (head) {
        const rest = head.frames.slice(framesPerPacket);
        if (rest.length > 0) waiting[0] = { frames: rest, gapSamples: 0 };
        else waiting.shift();
      }
      waitingFrames -= frames.length;
      finalTaken = ended && waitingFrames === 0;
      const packet: AudioPacket = {
        final: finalTaken,
        discontinuity: false,
        pcm: false,
        turn: epochOf(turn),
        sequence,
        timestamp: timestamp >>> 0,
        frames,
      };
      sequence += frames.length;
      timestamp += frames.length * RECOMMENDED_FRAME_SIZE;
      return packet;
    },
    stats: () => ({ waitingFrames, droppedFrames, limit: MAX_WAITING_FRAMES }),
  };
}
