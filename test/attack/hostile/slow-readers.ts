/** Devices that request replies of the maximum length, and never read them. */
import { v7 as uuidv7 } from 'uuid';
import { encodePacket } from '../../../src/protocol/packet.ts';
import type { Attack } from '../attack.ts';
import { AUDIO_LIMITS } from '../audio-limits.ts';
import { again, sendJson, together } from '../hostile-context.ts';

const FRAME = new Uint8Array(1_275).fill(0x5a);
/** Packets of six frames, 120 ms, each sent in a twelfth of that time. */
const EVERY_MS = 10;

const attack: Attack = {
  does: 'devices that send the largest frames, twelve times as fast as real time, and never read the echo',
  tokens: 8,
  defence: {
    limits: [...AUDIO_LIMITS, 'unreadBytes'],
  },
  async run(context) {
    await together(8, (number) =>
      again(context, { token: context.tokens[number], bufferMs: 60_000 }, async (socket) => {
        socket.pause();
        sendJson(socket, { type: 'turn.start', turn: 1, id: uuidv7(), trigger: 'key', startedAt: Date.now() });
        for (let i = 0; i < 5_000 && socket.readyState === socket.OPEN && !context.signal.aborted; i++) {
          const place = { turn: 1, sequence: i * 6, timestamp: i * 6 * 320 };
          const frames = [FRAME, FRAME, FRAME, FRAME, FRAME, FRAME];
          socket.send(encodePacket({ final: false, discontinuity: false, pcm: false, ...place, frames }));
          context.count();
          await context.pause(EVERY_MS);
        }
      }),
    );
  },
};

export default attack;
