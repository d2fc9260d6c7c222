/**
 * What a packet costs the gateway from the bytes of a connection to the bytes of the answer: many streams in one process, the `echo`
 * responder, no system calls, no files. The floor: `ws` alone, which sends each message back. Each round has a packet of each stream; of
 * the rounds, the median and the fastest tenth count, because others use the processor as well.
 *
 *     node --no-allocation-site-pretenuring --import tsx test/bench/gateway/packet-path.ts [STREAMS] [ROUNDS]
 */
import { Duplex } from 'node:stream';
import { setImmediate as nextPass } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { WebSocket } from 'ws';
import { adopt } from '../../../actors/network/websocket.ts';
import { echo } from '../../../actors/responder/echo.ts';
import { DEFAULT_LIMITS } from '../../../src/core/limits/limits.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { createSessions } from '../../../src/gateway/sessions.ts';
import { encodePacket, turnTagOf } from '../../../src/protocol/packet.ts';
import { batchedWrites } from '../../../src/server/batched-writes.ts';
import { quantile } from './results.ts';

const PACKET_MS = 60;
const FRAMES = 3;
const FRAME_BYTES = 60;
/** Connections that are read in one pass of the event loop. */
const TOGETHER = 10;
const PACKETS_PER_TURN = 300;
const MASK = [0x37, 0xfa, 0x21, 0x3d];
const OFF = Number.POSITIVE_INFINITY;
const limits = { ...DEFAULT_LIMITS, connections: OFF, connectionsPerAddress: OFF, packets: OFF, turns: OFF };

/** A connection without a system: what is written to it is counted. */
class Line extends Duplex {
  packets = 0;
  override _read(): void {}
  override _write(_bytes: Buffer, _encoding: string, done: () => void): void {
    this.packets += 1;
    done();
  }
  override _writev(pieces: unknown[], done: () => void): void {
    this.packets += pieces.length;
    done();
  }
}

interface Stream {
  line: Line;
  turn: number;
  sent: number;
}

/** Time stands still within a round, and timers are the system's: none is waited for. */
function steppedClock(): Clock & { step(ms: number): void } {
  let nowMs = systemClock.now();
  return {
    ...systemClock,
    now: () => nowMs,
    step(ms) {
      nowMs += ms;
    },
  };
}

/** A masked frame of a client, in a buffer of its own, as the system delivers it. */
function clientFrame(content: Uint8Array, opcode: number): Buffer {
  const head = content.length < 126 ? 2 : 4;
  const frame = Buffer.allocUnsafeSlow(head + 4 + content.length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (head === 2 ? content.length : 126);
  if (head === 4) frame.writeUInt16BE(content.length, 2);
  frame.set(MASK, head);
  for (let i = 0; i < content.length; i++) frame[head + 4 + i] = (content[i] ?? 0) ^ (MASK[i & 3] ?? 0);
  return frame;
}

/** Of all threads of this process. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const text = (message: object) => clientFrame(Buffer.from(JSON.stringify(message)), 1);
const frames = Array.from({ length: FRAMES }, (_, i) => new Uint8Array(FRAME_BYTES).fill(i + 65));

function accept(): { line: Line; socket: WebSocket } {
  const line = new Line();
  const socket = new WebSocket(null as never, undefined, {}) as WebSocket & {
    setSocket(line: Duplex, head: Buffer, options: object): void;
  };
  socket.setSocket(line, Buffer.alloc(0), {
    allowSynchronousEvents: true,
    maxPayload: 65_536,
    skipUTF8Validation: false,
  });
  return { line, socket };
}

async function measure(name: string, streams: Stream[], rounds: number, clock: ReturnType<typeof steppedClock>) {
  const times: number[] = [];
  const before = streams.reduce((sum, { line }) => sum + line.packets, 0);
  for (let round = 0; round < rounds; round++) {
    clock.step(PACKET_MS);
    const bytes = streams.map((stream) => next(stream));
    const startedUs = cpuUs();
    for (let from = 0; from < streams.length; from += TOGETHER) {
      for (let i = from; i < Math.min(from + TOGETHER, streams.length); i++) {
        const { line } = streams[i] as Stream;
        for (const piece of bytes[i] ?? []) line.push(piece);
      }
      await nextPass();
    }
    times.push((cpuUs() - startedUs) / streams.length);
  }
  const sorted = times.slice(rounds / 3).sort((a, b) => a - b);
  const written = (streams.reduce((sum, { line }) => sum + line.packets, 0) - before) / streams.length / rounds;
  process.stdout.write(
    `${name.padEnd(10)} ${quantile(sorted, 0.5).toFixed(2)} µs a packet, fastest tenth ${quantile(sorted, 0.1).toFixed(2)}; ${written.toFixed(2)} messages written for each\n`,
  );
}

/** What a device sends: a packet, and before the first one of a turn its start. */
function next(stream: Stream): Buffer[] {
  const pieces: Buffer[] = [];
  if (stream.sent === 0) {
    stream.turn += 1;
    pieces.push(text({ type: 'turn.start', turn: stream.turn, id: uuidv7(), trigger: 'key', startedAt: Date.now() }));
  }
  const sequence = stream.sent * FRAMES;
  const final = stream.sent === PACKETS_PER_TURN - 1;
  const packet = {
    ...{ final, discontinuity: false, pcm: false, turn: turnTagOf(stream.turn) },
    ...{ sequence, timestamp: sequence * 320, frames },
  };
  pieces.push(clientFrame(encodePacket(packet), 2));
  stream.sent = final ? 0 : stream.sent + 1;
  return pieces;
}

const [count = 300, rounds = 600] = process.argv.slice(2).map(Number);

function gateway(clock: Clock): Stream[] {
  const recorder = { record: async () => {}, recorded: async () => false } as never;
  const sessions = createSessions({ responder: echo, recorder, clock, log: silentLog, newId: uuidv7, limits });
  return Array.from({ length: count }, (_, i) => {
    const { line, socket } = accept();
    sessions.accept((handlers, scope) =>
      adopt(socket, handlers, scope, {
        ...{ maxUnreadBytes: limits.unreadBytes, readLimits: limits },
        ...{ connection: line, beforeWrite: batchedWrites(line) },
      }),
    );
    const audio = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: FRAMES };
    line.push(text({ type: 'hello', protocol: 1, device: { name: `d${i}` }, audio, playback: { bufferMs: 600 } }));
    return { line, turn: 0, sent: 0 };
  });
}

function raw(): Stream[] {
  return Array.from({ length: count }, () => {
    const { line, socket } = accept();
    socket.on('message', (data, isBinary) => isBinary && socket.send(data));
    return { line, turn: 0, sent: 0 };
  });
}

const clock = steppedClock();
await measure('raw ws', raw(), rounds, clock);
const streams = gateway(clock);
for (let i = 0; i < 20; i++) await nextPass();
await measure('gateway', streams, rounds, clock);
process.exit();
