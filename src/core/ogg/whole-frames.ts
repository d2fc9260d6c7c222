/**
 * The frames of an utterance without a hole: what was lost or withheld (DTX), and the silence that timestamps skip, is filled
 * with frames that say so.
 */

import { RECOMMENDED_FRAME_SIZE } from '../../protocol/format.ts';
import type { AudioPacket } from '../../protocol/packet.ts';
import { EarshotError } from '../errors.ts';

/**
 * Takes packets in their order and gives, for each, the frames that follow: what is missing before it, then its own. A gap is
 * the signed difference between the timestamp that came and the one that was due (docs/protocol.md, "Audio packet").
 *
 * @throws EarshotError `turn_refused` for PCM: an Opus file has no place for it
 */
export function createFrameFiller(): (packet: AudioPacket) => Uint8Array[] {
  let due: number | undefined;
  let samples = 0;
  let places = 0;
  let last: Uint8Array | undefined;
  return ({ timestamp, frames, pcm }) => {
    if (frames.length === 0) return [];
    if (pcm) throw new EarshotError('turn_refused', 'A turn in PCM cannot be kept as an Opus file', 'Send Opus.');
    samples += Math.max(0, (timestamp - (due ?? timestamp)) | 0);
    due = (timestamp + frames.length * RECOMMENDED_FRAME_SIZE) | 0;
    const filled = Array.from({ length: Math.floor(samples / RECOMMENDED_FRAME_SIZE) - places }, () => missing(last));
    samples += frames.length * RECOMMENDED_FRAME_SIZE;
    places += filled.length + frames.length;
    last = frames.at(-1);
    return [...filled, ...frames];
  };
}

/** A packet of nothing but its table of contents is how Opus writes a frame that was not sent (RFC 6716 §3.2.1, §3.4). */
function missing(previous: Uint8Array | undefined): Uint8Array {
  // The low two bits say how many frames follow; 0 is one, and it is empty.
  return Uint8Array.of((previous?.[0] ?? 0) & 0xfc);
}
