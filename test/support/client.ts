/**
 * A client written only from docs/protocol.md, without Earshot's code: `ws`, JSON and bytes by hand.
 */
import { WebSocket } from 'ws';
import { inTime, once } from './in-time.ts';

/** A control message, or a packet with its `bytes`. */
export type Received = { type: string; bytes?: Buffer; [field: string]: unknown };

export interface Client {
  send(...messages: (object | Buffer | string)[]): void;
  /** All received messages, in order. */
  readonly messages: readonly Received[];
  /** Resolves with the first message, past or future, that fits; rejects when the connection is closed before. */
  waitFor(fits: (message: Received) => boolean, what: string): Promise<Received>;
  waitForMessage(type: string, turn?: number): Promise<Received>;
  /** Resolves once the gateway has received all sent messages and its answers have arrived. */
  settled(): Promise<void>;
  /** The packets of a turn received so far. */
  packets(turn: number): Buffer[];
  /** Resolves with all packets of a reply, up to its FINAL. */
  reply(turn: number): Promise<Buffer[]>;
  /** Within the limit of a wait, from when it is asked for. */
  readonly closed: Promise<number>;
  close(): void;
  terminate(): void;
  /** Of its end of the connection. */
  localPort: number;
}

export const hello = (name: string, fields: object = {}) => ({
  type: 'hello',
  protocol: 1,
  device: { name },
  audio: { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 2 },
  playback: { bufferMs: 600 },
  ...fields,
});

let ids = 0;
/** A turn.start with a new id. */
export function turnStart(turn: number, fields: object = {}) {
  ids += 1;
  const id = `01890a5d-ac96-774b-bcce-${ids.toString(16).padStart(12, '0')}`;
  return { type: 'turn.start', turn, id, trigger: 'key', startedAt: 1_700_000_000_000, ...fields };
}

export interface PacketFields {
  turn: number;
  sequence: number;
  /** 320 per frame by default. */
  timestamp?: number;
  flags?: number;
  frames?: number[][];
}

export const FINAL = 1;
export const DISCONTINUITY = 2;
export const PCM = 4;

/** A packet by hand; two frames of three bytes by default. */
export function packet({ turn, sequence, timestamp = sequence * 320, flags = 0, frames }: PacketFields): Buffer {
  const body = frames ?? [
    [sequence & 255, 1, 2],
    [(sequence + 1) & 255, 1, 2],
  ];
  const head = Buffer.alloc(13);
  head[0] = 0x11;
  head[1] = flags;
  head.writeUInt16BE(turn % 65_536, 2);
  head.writeUInt32BE(sequence, 4);
  head.writeUInt32BE(timestamp, 8);
  head[12] = body.length;
  return Buffer.concat([head, ...body.map((frame) => Buffer.from([...frameLength(frame.length), ...frame]))]);
}

function frameLength(length: number): number[] {
  if (length < 252) return [length];
  const a = 252 + (length & 3);
  return [a, (length - a) / 4];
}

export const turnTag = (bytes: Buffer) => bytes.readUInt16BE(2);
const isFinal = (bytes: Buffer) => (bytes.readUInt8(1) & FINAL) !== 0;

export interface DialOptions {
  path?: string;
  protocols?: string[];
  headers?: Record<string, string>;
  /** The certificates to trust, instead of the system's. */
  ca?: Buffer;
}

export async function dial(url: string, options: DialOptions = {}): Promise<Client> {
  const { path = '/v1/stream', protocols = ['earshot.v1'], ...more } = options;
  const socket = new WebSocket(url + path, protocols, more);
  const messages: Received[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    messages.push(isBinary ? { type: 'packet', bytes: Buffer.from(data) } : JSON.parse(data.toString()));
    for (const look of waiting) look();
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  let localPort = 0;
  socket.on('upgrade', ({ socket: connection }) => {
    localPort = connection.localPort ?? 0;
  });
  await once(socket, 'open');
  let pings = 0;

  const client: Client = {
    messages,
    get closed() {
      return inTime(closed, () => `the connection is closed; received ${JSON.stringify(messages)}`);
    },
    send(...all) {
      for (const message of all) {
        socket.send(Buffer.isBuffer(message) || typeof message === 'string' ? message : JSON.stringify(message));
      }
    },
    waitFor(fits, what) {
      const found = new Promise<Received>((resolve, reject) => {
        const look = () => {
          const found = messages.find(fits);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void closed.then((code) =>
          reject(new Error(`closed (${code}) before ${what}; received ${JSON.stringify(messages)}`)),
        );
      });
      return inTime(found, () => `${what}; received ${JSON.stringify(messages)}`);
    },
    waitForMessage: (type, turn) =>
      client.waitFor(
        (message) => message.type === type && (turn === undefined || message.turn === turn),
        `${type} of turn ${turn ?? 'any'}`,
      ),
    async settled() {
      pings += 1;
      const t0 = pings;
      client.send({ type: 'ping', t0 });
      await client.waitFor((message) => message.type === 'pong' && message.t0 === t0, 'pong');
    },
    packets: (turn) => messages.flatMap(({ bytes }) => (bytes && turnTag(bytes) === turn % 65_536 ? [bytes] : [])),
    async reply(turn) {
      const ofTurn = (bytes: Buffer) => turnTag(bytes) === turn % 65_536;
      await client.waitFor(
        ({ bytes }) => bytes !== undefined && ofTurn(bytes) && isFinal(bytes),
        `FINAL of turn ${turn}`,
      );
      return client.packets(turn);
    },
    close: () => socket.close(),
    terminate: () => socket.terminate(),
    localPort,
  };
  return client;
}

export async function connected(url: string, name: string, fields: object = {}): Promise<Client> {
  const client = await dial(url);
  client.send(hello(name, fields));
  await client.waitForMessage('welcome');
  return client;
}
