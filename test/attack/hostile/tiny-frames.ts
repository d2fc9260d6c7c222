/** One turn of packets with six frames of one byte each, at full speed. */
import { v7 as uuidv7 } from 'uuid';
import { DEFAULT_LIMITS } from '../../../src/core/limits/limits.ts';
import { encodePacket } from '../../../src/protocol/packet.ts';
import type { Attack } from '../attack.ts';
import { AUDIO_LIMITS } from '../audio-limits.ts';
import { again, flood, sendJson } from '../hostile-context.ts';

const FRAME = new Uint8Array([7]);
const FRAMES = 6;
/** The limit, and as much again for what is measured late. */
const MOST_PER_MS = (2 * DEFAULT_LIMITS.packets) / 60_000;
const BURST = DEFAULT_LIMITS.packets / 20;

const attack: Attack = {
  does: 'one turn of packets with six 1-byte frames, at line speed',
  tokens: 1,
  defence: {
    limits: AUDIO_LIMITS,
  },
  async run(context) {
    await again(context, { token: context.tokens[0] }, async (socket) => {
      const startedAtMs = Date.now();
      socket.on('message', (data, isBinary) => {
        const { type, next = 0 } = isBinary ? {} : JSON.parse(String(data));
        const taken = next / FRAMES;
        if (type !== 'ack' || taken <= BURST + MOST_PER_MS * (Date.now() - startedAtMs)) return;
        context.breach('the gateway took packets faster than its limit');
      });
      sendJson(socket, { type: 'turn.start', turn: 1, id: uuidv7(), trigger: 'key', startedAt: Date.now() });
      await flood(context, socket, { atMost: 5_000_000 }, (i) => {
        const place = { turn: 1, sequence: i * FRAMES, timestamp: i * FRAMES * 320 };
        const frames = Array(FRAMES).fill(FRAME);
        socket.send(encodePacket({ final: false, discontinuity: false, pcm: false, ...place, frames }));
      });
    });
  },
};

export default attack;
