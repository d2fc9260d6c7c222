/** Sequence numbers and timestamps with the largest jumps of 32 bits. */
import { v7 as uuidv7 } from 'uuid';
import { encodePacket } from '../../../src/protocol/packet.ts';
import type { Attack } from '../attack.ts';
import { again, sendJson } from '../hostile-context.ts';

const FRAMES = [new Uint8Array([7, 7]), new Uint8Array([7, 7])];

const attack: Attack = {
  does: 'DISCONTINUITY jumps up to 2³², timestamp gaps of days',
  tokens: 1,
  defence: { limits: ['turnMs'] },
  async run(context) {
    await again(context, { token: context.tokens[0] }, async (socket) => {
      socket.on('message', (data, isBinary) => {
        if (isBinary) return;
        const { type, lost } = JSON.parse(String(data));
        if (type === 'ack' && lost > 1_000_000) context.breach(`a jump was acknowledged as ${lost} frames lost`);
      });
      for (let turn = 1; turn <= 500 && socket.readyState === socket.OPEN && !context.signal.aborted; turn++) {
        sendJson(socket, { type: 'turn.start', turn, id: uuidv7(), trigger: 'key', startedAt: Date.now() });
        const jumps = [1, 1_000, 0x7fff_ffff, 0xffff_fff0];
        for (const sequence of [0, context.random.pick(jumps)]) {
          const timestamp = (sequence * 320 + context.random.pick([0, 37 * 3_600 * 16_000, 0x7fff_ffff])) >>> 0;
          const flags = { final: false, discontinuity: sequence > 0, pcm: false };
          socket.send(encodePacket({ ...flags, turn, sequence, timestamp, frames: FRAMES }));
          context.count();
        }
        await context.pause(700);
      }
    });
  },
};

export default attack;
