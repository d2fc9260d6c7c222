/** Times outside of any calendar; the list of turns must stay readable. */
import { v7 as uuidv7 } from 'uuid';
import { encodePacket } from '../../../src/protocol/packet.ts';
import type { Attack } from '../attack.ts';
import { again, sendJson } from '../hostile-context.ts';

const TIMES = [1e300, 8.64e15 + 1, Number.MAX_SAFE_INTEGER, 0.1, 1e-300];

const attack: Attack = {
  does: 'startedAt, recordedAt and durations up to 1e300',
  tokens: 1,
  defence: {
    test: 'test/protocol/control.test.ts',
    code: [
      {
        file: 'src/protocol/control.ts',
        from: 'const timeMs = v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_TIME_MS));',
        to: 'const timeMs = v.number();',
      },
    ],
  },
  async run(context) {
    await again(context, { token: context.tokens[0] }, async (socket) => {
      for (let turn = 1; turn <= 300 && socket.readyState === socket.OPEN && !context.signal.aborted; turn++) {
        const startedAt = context.random.pick(TIMES);
        const id = uuidv7();
        const offline = turn % 2 === 0 ? { offline: { recordedAt: context.random.pick(TIMES) } } : {};
        sendJson(socket, { type: 'turn.start', turn, id, trigger: 'key', startedAt, ...offline });
        const place = { turn, sequence: 0, timestamp: 0 };
        socket.send(
          encodePacket({ final: true, discontinuity: false, pcm: false, ...place, frames: [new Uint8Array([7, 7])] }),
        );
        sendJson(socket, { type: 'turn.report', id, latencyMs: { total: 1e300 } });
        sendJson(socket, { type: 'playback', turn, event: 'drained', playedMs: 1e300 });
        context.count(4);
        await context.pause(200);
      }
    });
  },
};

export default attack;
