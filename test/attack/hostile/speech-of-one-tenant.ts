/** Devices of one tenant that speak at line speed, each within its own limits: together they get no more than their tenant may. */
import { v7 as uuidv7 } from 'uuid';
import type { WebSocket } from 'ws';
import { encodePacket } from '../../../src/protocol/packet.ts';
import type { Attack } from '../attack.ts';
import { again, type HostileContext, sendJson, together } from '../hostile-context.ts';

const DEVICES = 30;
/** Seconds a minute, of all of them. */
const QUOTA_S = 60;
const FRAME = new Uint8Array(80).fill(0x5a);
const FRAMES_PER_PACKET = 6;
const PACKETS = 42;
const TURN_S = (PACKETS * FRAMES_PER_PACKET * 20) / 1_000;
const MINUTE_MS = 60_000;
/** Two minutes of the gateway's clock meet in any minute, and in each the turns that have begun when the quota is used up may end. */
const MOST_S = 2 * (QUOTA_S + DEVICES * TURN_S);

const attack: Attack = {
  does: `${DEVICES} devices of one tenant, each at an address of its own, say ${TURN_S.toFixed(0)} s at line speed, again and again; they count what is taken`,
  tenant: 'noisy',
  gateway: ['--open', '--limit', `tenantSpeechSeconds=${QUOTA_S}`],
  defence: { limits: ['tenantSpeechSeconds'] },
  async run(context) {
    /** Times of the turns that were taken in the last minute. */
    const taken: number[] = [];
    await together(context.scaled(DEVICES), (number) =>
      again(
        context,
        { name: `speaker ${number}`, localAddress: `127.0.9.${100 + number}` },
        async (socket) => {
          for (let turn = 1; turn < 10_000 && socket.readyState === socket.OPEN && !context.signal.aborted; turn++) {
            context.count();
            if (!(await isTaken(context, socket, turn))) {
              await context.pause(1_000);
              continue;
            }
            const nowMs = performance.now();
            taken.push(nowMs);
            while ((taken[0] ?? nowMs) < nowMs - MINUTE_MS) taken.shift();
            if (taken.length * TURN_S > MOST_S) {
              context.breach(`${QUOTA_S} s a minute may be spoken, and more than ${Math.round(MOST_S)} s were taken`);
            }
          }
        },
        // As often as a device may connect.
        { pauseMs: 1_100 },
      ),
    );
  },
};

/** Speaks a turn. False: it was refused, or the connection ended. */
function isTaken(context: HostileContext, socket: WebSocket, turn: number): Promise<boolean> {
  return new Promise((resolve) => {
    const id = uuidv7();
    const settle = (is: boolean) => {
      socket.off('message', onMessage);
      socket.off('close', onClose);
      resolve(is);
    };
    const onClose = () => settle(false);
    const onMessage = (data: Buffer, isBinary: boolean) => {
      if (isBinary) return;
      const message = JSON.parse(String(data));
      if (message.type === 'error' && message.turn === turn) settle(false);
      if (message.type === 'turn.stored' && message.id === id) settle(true);
    };
    socket.on('message', onMessage);
    socket.on('close', onClose);
    void context.over.then(onClose);
    sendJson(socket, { type: 'turn.start', turn, id, trigger: 'key', startedAt: Date.now() });
    for (let i = 0; i < PACKETS; i++) {
      const sequence = i * FRAMES_PER_PACKET;
      const place = { turn: turn & 0xffff, sequence, timestamp: sequence * 320, final: i === PACKETS - 1 };
      const frames = Array.from({ length: FRAMES_PER_PACKET }, () => FRAME);
      socket.send(encodePacket({ discontinuity: false, pcm: false, ...place, frames }));
    }
  });
}

export default attack;
