/** Turn ids that are not a UUIDv7, and ids of another device's turns. */
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { encodePacket } from '../../../src/protocol/packet.ts';
import type { Attack } from '../attack.ts';
import { again, sendJson, together } from '../hostile-context.ts';

const FRAME = new Uint8Array([7, 7, 7]);

const attack: Attack = {
  does: 'UUIDv4, upper-case ids, and the same id from two devices',
  tokens: 2,
  defence: {
    test: 'test/protocol/control.test.ts',
    code: [
      {
        file: 'src/protocol/control.ts',
        from: "const turnId = v.pipe(v.string(), v.regex(UUID_V7, 'the id of a turn is a UUID version 7, in lower case'));",
        to: 'const turnId = v.string();',
      },
    ],
  },
  async run(context) {
    const shared = Array.from({ length: 50 }, () => uuidv7());
    await together(2, (number) =>
      again(context, { token: context.tokens[number] }, async (socket) => {
        const refusable = new Set<string>();
        socket.on('message', (data, isBinary) => {
          if (isBinary) return;
          const { type, id } = JSON.parse(String(data));
          if (type === 'turn.stored' && refusable.has(id))
            context.breach('a turn was confirmed whose id the cloud refuses');
        });
        for (let turn = 1; turn <= 300 && socket.readyState === socket.OPEN && !context.signal.aborted; turn++) {
          const id = [uuidv4(), uuidv7().toUpperCase(), shared[turn % shared.length] ?? uuidv7()][turn % 3] ?? '';
          if (turn % 3 !== 2) refusable.add(id);
          sendJson(socket, { type: 'turn.start', turn, id, trigger: 'key', startedAt: Date.now() });
          const place = { turn, sequence: 0, timestamp: 0 };
          socket.send(encodePacket({ final: true, discontinuity: false, pcm: false, ...place, frames: [FRAME] }));
          context.count();
          await context.pause(100);
        }
      }),
    );
  },
};

export default attack;
