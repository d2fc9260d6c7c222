/** Live turns with audio much faster than real time, one after the other. */
import { v7 as uuidv7 } from 'uuid';
import { encodePacket } from '../../../src/protocol/packet.ts';
import type { Attack } from '../attack.ts';
import { AUDIO_LIMITS } from '../audio-limits.ts';
import { again, flood, sendJson, together } from '../hostile-context.ts';

const FRAME = new Uint8Array(120).fill(0x5a);
const PACKETS = 2_000;

const attack: Attack = {
  does: 'live turns of four minutes of audio each, at line speed, one after the other',
  tokens: 2,
  defence: {
    limits: AUDIO_LIMITS,
  },
  async run(context) {
    await together(2, (number) =>
      again(context, { token: context.tokens[number] }, async (socket) => {
        for (let turn = 1; turn <= 1_000 && socket.readyState === socket.OPEN && !context.signal.aborted; turn++) {
          sendJson(socket, { type: 'turn.start', turn, id: uuidv7(), trigger: 'key', startedAt: Date.now() });
          await flood(context, socket, { atMost: PACKETS }, (i) => {
            const place = { turn: turn & 0xffff, sequence: i * 6, timestamp: i * 6 * 320 };
            const frames = [FRAME, FRAME, FRAME, FRAME, FRAME, FRAME];
            const final = i === PACKETS - 1;
            socket.send(encodePacket({ final, discontinuity: false, pcm: false, ...place, frames }));
          });
        }
      }),
    );
  },
};

export default attack;
