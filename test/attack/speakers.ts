/** Devices that speak at line speed, each within its own limits, again and again. They count what is taken of all of them together. */
import { v7 as uuidv7 } from 'uuid';
import type { WebSocket } from 'ws';
import { encodePacket } from '../../src/protocol/packet.ts';
import { again, type HostileContext, sendJson, together } from './hostile-context.ts';

const FRAMES_PER_PACKET = 6;
const FRAME_MS = 20;
const FRAME_SAMPLES = 320;
const MINUTE_MS = 60_000;
/** As often as a device may connect. */
const CONNECT_MS = 1_100;
const REFUSED_MS = 1_000;

/** What each of them says in a turn. */
export interface SpokenTurn {
  packets: number;
  frameBytes: number;
}

export const secondsOf = ({ packets }: SpokenTurn): number => (packets * FRAMES_PER_PACKET * FRAME_MS) / 1_000;
export const bytesOf = ({ packets, frameBytes }: SpokenTurn): number => packets * FRAMES_PER_PACKET * frameBytes;

export interface Speakers {
  devices: number;
  addressOf: (device: number) => string;
  turn: SpokenTurn;
  /** Turns that may be taken of them in any minute. */
  mostTurns: number;
  /** What they have done when more are. */
  breach: string;
}

/**
 * A limit of what a minute may have, in turns that may be taken in any minute: two minutes of the gateway's clock meet in it, and in each the turns
 * that have begun when the limit is reached may end.
 */
export function turnsWithin(limit: number, ofTurn: number, devices: number): number {
  return 2 * (Math.ceil(limit / ofTurn) + devices);
}

export async function speakTogether(context: HostileContext, speakers: Speakers): Promise<void> {
  const { devices, addressOf, turn: spoken, mostTurns, breach } = speakers;
  /** Times of the turns that were taken in the last minute. */
  const taken: number[] = [];
  await together(context.scaled(devices), (number) =>
    again(
      context,
      { name: `speaker ${number}`, localAddress: addressOf(number) },
      async (socket) => {
        for (let turn = 1; turn < 10_000 && socket.readyState === socket.OPEN && !context.signal.aborted; turn++) {
          context.count();
          if (!(await isTaken(context, socket, turn, spoken))) {
            await context.pause(REFUSED_MS);
            continue;
          }
          const nowMs = performance.now();
          taken.push(nowMs);
          while ((taken[0] ?? nowMs) < nowMs - MINUTE_MS) taken.shift();
          if (taken.length > mostTurns) context.breach(breach);
        }
      },
      { pauseMs: CONNECT_MS },
    ),
  );
}

/** Speaks a turn. False: it was refused, or the connection ended. */
function isTaken(context: HostileContext, socket: WebSocket, turn: number, spoken: SpokenTurn): Promise<boolean> {
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
    for (let i = 0; i < spoken.packets; i++) {
      const sequence = i * FRAMES_PER_PACKET;
      const final = i === spoken.packets - 1;
      const place = { turn: turn & 0xffff, sequence, timestamp: sequence * FRAME_SAMPLES, final };
      const frames = Array.from({ length: FRAMES_PER_PACKET }, () => new Uint8Array(spoken.frameBytes).fill(0x5a));
      socket.send(encodePacket({ discontinuity: false, pcm: false, ...place, frames }));
    }
  });
}
