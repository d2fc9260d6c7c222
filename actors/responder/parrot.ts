/**
 * `parrot`: answers with what it heard, once the person has finished.
 */
import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';
import { createGapMeter } from './gap-meter.ts';
import type { Responder } from './responder.ts';

/** Longest turn that is remembered: two minutes. What follows is not repeated. */
const MAX_PACKETS = (120 * 1_000) / (RECOMMENDED_FRAME_SIZE / 16);

export const parrot: Responder = (_turn, answer) => {
  const heard: AudioPacket[] = [];
  return {
    hear(packet) {
      if (heard.length < MAX_PACKETS) heard.push(packet);
      if (!packet.final) return;
      answer.processing();
      const gap = createGapMeter();
      for (const { timestamp, frames } of heard)
        if (frames.length > 0) answer.say(frames, gap(timestamp, frames.length));
      answer.finish();
    },
    abort() {
      heard.length = 0;
    },
  };
};
