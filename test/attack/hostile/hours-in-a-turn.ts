/** Offline turns, which may be sent at line speed, with hours of audio in the largest frames. */
import { v7 as uuidv7 } from 'uuid';
import { encodePacket } from '../../../src/protocol/packet.ts';
import type { Attack } from '../attack.ts';
import { AUDIO_LIMITS } from '../audio-limits.ts';
import { again, flood, sendJson, together } from '../hostile-context.ts';

const FRAME = new Uint8Array(1_275).fill(0x5a);
const HOURS_IN_PACKETS = 3 * 3_600 * 50;

const attack: Attack = {
  does: 'offline turns with hours of audio in frames of 1,275 bytes, by two devices',
  tokens: 2,
  defence: {
    limits: AUDIO_LIMITS,
  },
  async run(context) {
    await together(2, (number) =>
      again(context, { token: context.tokens[number] }, async (socket) => {
        const startedAt = Date.now() - 86_400_000;
        const offline = { recordedAt: startedAt };
        sendJson(socket, { type: 'turn.start', turn: 1, id: uuidv7(), trigger: 'key', startedAt, offline });
        await flood(context, socket, { atMost: HOURS_IN_PACKETS / 6 }, (i) => {
          const place = { turn: 1, sequence: i * 6, timestamp: (i * 6 * 320) >>> 0 };
          const frames = [FRAME, FRAME, FRAME, FRAME, FRAME, FRAME];
          socket.send(encodePacket({ final: false, discontinuity: false, pcm: false, ...place, frames }));
        });
      }),
    );
  },
};

export default attack;
