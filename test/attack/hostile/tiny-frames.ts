/** One turn of packets with six frames of one byte each, at full speed. */
import { v7 as uuidv7 } from 'uuid';
import { encodePacket } from '../../../src/protocol/packet.ts';
import type { Attack } from '../attack.ts';
import { AUDIO_LIMITS } from '../audio-limits.ts';
import { again, flood, sendJson } from '../hostile-context.ts';

const FRAME = new Uint8Array([7]);

const attack: Attack = {
  does: 'one turn of packets with six 1-byte frames, at line speed',
  tokens: 1,
  defence: {
    limits: AUDIO_LIMITS,
  },
  async run(context) {
    await again(context, { token: context.tokens[0] }, async (socket) => {
      sendJson(socket, { type: 'turn.start', turn: 1, id: uuidv7(), trigger: 'key', startedAt: Date.now() });
      await flood(context, socket, { atMost: 5_000_000 }, (i) => {
        const place = { turn: 1, sequence: i * 6, timestamp: i * 6 * 320 };
        const frames = [FRAME, FRAME, FRAME, FRAME, FRAME, FRAME];
        socket.send(encodePacket({ final: false, discontinuity: false, pcm: false, ...place, frames }));
      });
    });
  },
};

export default attack;
