/**
 * Plays a cached reply as the gateway would send it: packets to the player, first as many as it buffers, then in real time.
 */

import type { DownlinkPacket } from '../../src/core/actor/data-plane.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { createPacer } from '../../src/core/time/pacer.ts';
import { CHUNK_MS, FRAMES_PER_CHUNK, RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import { encodePacket, turnTagOf } from '../../src/protocol/packet.ts';

/**
 * @param bufferMs how much of it is sent ahead of real time
 * @returns a function that stops it
 */
export function playCachedReply(
  turn: number,
  frames: readonly Uint8Array[],
  downlink: (packet: DownlinkPacket) => void,
  bufferMs: number,
  clock: Clock,
): () => void {
  const pacer = createPacer(clock.now(), bufferMs);
  let sequence = 0;
  let timer: unknown;

  function send(): void {
    for (;;) {
      const waitMs = pacer.waitMs((sequence / FRAMES_PER_CHUNK) * CHUNK_MS, clock.now());
      if (waitMs > 0) {
        timer = clock.setTimeout(send, waitMs);
        return;
      }
      const chunk = frames.slice(sequence, sequence + FRAMES_PER_CHUNK);
      const final = sequence + chunk.length >= frames.length;
      const packet = { final, discontinuity: false, pcm: false, turn: turnTagOf(turn), sequence, frames: chunk };
      const bytes = encodePacket({ ...packet, timestamp: sequence * RECOMMENDED_FRAME_SIZE });
      downlink({ turn, bytes, arrivedAtMs: clock.now() });
      sequence += chunk.length;
      if (final) return;
    }
  }

  send();
  return () => clock.clearTimeout(timer);
}
