/**
 * The frames of an utterance without a hole: what was lost or withheld (DTX), and the silence that timestamps skip, is filled
 * with frames that say so. Pure.
 */
import { RECOMMENDED_FRAME_SIZE } from '../protocol/format.ts';
import type { AudioPacket } from '../protocol/packet.ts';

/** Two minutes. A clock that jumped must not fill a disk; what follows is left out. */
const MAX_FRAMES = 120 * 50;

/** Packets in any order, and again, are no harm: each frame has its place. */
export function wholeFrames(packets: readonly AudioPacket[]): Uint8Array[] {
  const byPlace = new Map<number, Uint8Array>();
  for (const { timestamp, frames, pcm } of packets) {
    const firstPlace = Math.floor(timestamp / RECOMMENDED_FRAME_SIZE);
    for (const [i, frame] of frames.entries()) {
      const place = firstPlace + i;
      if (!pcm && place < MAX_FRAMES && !byPlace.has(place)) byPlace.set(place, frame);
    }
  }
  const places = [...byPlace.keys()];
  const first = Math.min(...places);
  const whole: Uint8Array[] = [];
  for (let place = first; whole.length < Math.max(...places) - first + 1; place++) {
    whole.push(byPlace.get(place) ?? missing(whole.at(-1)));
  }
  return whole;
}

/** A packet of nothing but its table of contents is how Opus writes a frame that was not sent (RFC 6716 §3.2.1, §3.4). */
function missing(previous: Uint8Array | undefined): Uint8Array {
  // The low two bits say how many frames follow; 0 is one, and it is empty.
  return Uint8Array.of((previous?.[0] ?? 0) & 0xfc);
}
