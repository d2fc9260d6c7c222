/**
 * The frames of an utterance without gaps: lost frames, frames that were not sent (DTX), and silence that timestamps
 * skip are replaced by empty frames.
 */

import { RECOMMENDED_FRAME_SIZE } from '../../protocol/format.ts';
import type { AudioPacket } from '../../protocol/packet.ts';
import { EarshotError } from '../errors.ts';

/**
 * Takes packets in order and returns for each the frames that follow: placeholders for what is missing before it, then
 * its own. A gap is the signed difference between the received and the expected timestamp (docs/protocol.md, "Audio
 * packet").
 *
 * @throws EarshotError `turn_refused` for PCM, which an Opus file cannot contain
 */
export function createFrameFiller(): (packet: AudioPacket) => Uint8Array[] {
  let due: number | undefined;
  let samples = 0;
  let places = 0;
  let last: Uint8Array | undefined;
  return ({ timestamp, frames, pcm }) => {
    if (frames.length === 0) return [];
    if (pcm) throw new EarshotError('turn_refused', 'A turn in PCM cannot be stored as an Opus file', 'Send Opus.');
    samples += Math.max(0, (timestamp - (due ?? timestamp)) | 0);
    due = (timestamp + frames.length * RECOMMENDED_FRAME_SIZE) | 0;
    const filled = Array.from({ length: Math.floor(samples / RECOMMENDED_FRAME_SIZE) - places }, () => missing(last));
    samples += frames.length * RECOMMENDED_FRAME_SIZE;
    places += filled.length + frames.length;
    last = frames.at(-1);
    return [...filled, ...frames];
  };
}

/** A packet that has only its table of contents stands for a frame that was not sent (RFC 6716 §3.2.1, §3.4). */
function missing(previous: Uint8Array | undefined): Uint8Array {
  // The low two bits are the number of frames; 0 is one frame, which is empty.
  return Uint8Array.of((previous?.[0] ?? 0) & 0xfc);
}
