/** Complete offline turns, one after the other, each within all limits of a turn: they fill the disk. */
import { v7 as uuidv7 } from 'uuid';
import { encodePacket } from '../../../src/protocol/packet.ts';
import type { Attack } from '../attack.ts';
import { again, flood, sendJson, together } from '../hostile-context.ts';

const FRAME = new Uint8Array(1_275).fill(0x5a);
/** A minute of it: 3.8 MB, the maximum of a turn. */
const PACKETS = 500;

const attack: Attack = {
  does: 'offline turns of a minute, 3.8 MB each, one after the other',
  tokens: 2,
  defence: {
    limits: [
      'packets',
      'turns',
      'audioAheadMs',
      'recordingMemoryBytes',
      'recordingBytes',
      'deviceRecordingBytes',
      'queueBytes',
      'deviceQueueBytes',
    ],
  },
  async run(context) {
    await together(2, (number) =>
      again(context, { token: context.tokens[number] }, async (socket) => {
        const startedAt = Date.now() - 3_600_000;
        for (let turn = 1; turn <= 2_000 && socket.readyState === socket.OPEN && !context.signal.aborted; turn++) {
          const offline = { recordedAt: startedAt };
          const id = uuidv7();
          const stored = new Promise<void>((resolve) => {
            socket.on('message', (data, isBinary) => {
              if (!isBinary && String(data).includes(id)) resolve();
            });
          });
          sendJson(socket, { type: 'turn.start', turn, id, trigger: 'key', startedAt, offline });
          await flood(context, socket, { atMost: PACKETS }, (i) => {
            const place = { turn: turn & 0xffff, sequence: i * 6, timestamp: i * 6 * 320 };
            const frames = [FRAME, FRAME, FRAME, FRAME, FRAME, FRAME];
            const final = i === PACKETS - 1;
            socket.send(encodePacket({ final, discontinuity: false, pcm: false, ...place, frames }));
          });
          await Promise.race([stored, context.pause(2_000)]);
          socket.removeAllListeners('message');
        }
      }),
    );
  },
};

export default attack;
