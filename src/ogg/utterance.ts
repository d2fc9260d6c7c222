/**
 * Gathers the frames of one direction of a turn, wherever its packets come in, and fills what is missing: frames that were
 * lost or withheld (DTX), and silence that the timestamps skip. Pure; bounded.
 */
import { RECOMMENDED_FRAME_SIZE } from '../protocol/format.ts';
import type { AudioPacket } from '../protocol/packet.ts';

/** Two minutes, the longest turn: what follows is left out, and counted. */
const MAX_FRAMES = 120 * 50;

export interface Utterance {
  /** Again or out of order is no harm: each frame has its place. */
  add(packet: AudioPacket): void;
  /** All frames of 20 ms from the first to the last, without a hole. */
  frames(): Uint8Array[];
  stats(): { frames: number; limit: number; dropped: number };
}

export function createUtterance(): Utterance {
  /** By place: the timestamp in frames. */
  const byPlace = new Map<number, Uint8Array>();
  let dropped = 0;

  return {
    add({ timestamp, frames, pcm }) {
      for (const [i, frame] of frames.entries()) {
        const place = Math.floor(timestamp / RECOMMENDED_FRAME_SIZE) + i;
        if (pcm || place >= MAX_FRAMES) dropped += 1;
        else if (!byPlace.has(place)) byPlace.set(place, frame);
      }
    },
    frames() {
      const places = [...byPlace.keys()].sort((a, b) => a - b);
      const first = places[0];
      const last = places.at(-1);
      if (first === undefined || last === undefined) return [];
      const whole: Uint8Array[] = [];
      let previous = byPlace.get(first);
      for (let place = first; place <= last; place++) {
        const frame = byPlace.get(place) ?? missing(previous);
        whole.push(frame);
        previous = frame;
      }
      return whole;
    },
    stats: () => ({ frames: byPlace.size, limit: MAX_FRAMES, dropped }),
  };
}

/** A packet of nothing but its table of contents is how Opus writes a frame that was not sent (RFC 6716 §3.2.1, §3.4). */
function missing(previous: Uint8Array | undefined): Uint8Array {
  // The low two bits say how many frames follow; 0 is one, and it is empty.
  return Uint8Array.of((previous?.[0] ?? 0) & 0xfc);
}
