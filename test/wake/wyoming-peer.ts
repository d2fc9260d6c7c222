/**
 * A wake word server that speaks Wyoming as wyoming-openwakeword does. Its wake word is a loud sample. What is against the protocol ends the
 * connection, and is remembered.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type WyomingEvent, WyomingReader, writeEvent } from '../../src/core/wyoming/wyoming-events.ts';
import { once } from '../support/in-time.ts';

export interface WakePeer {
  url: string;
  port: number;
  violations: string[];
  /** Sound that it heard, in ms, of all connections. */
  heardMs(): number;
  /** Names that clients asked for. */
  asked: unknown[];
  connections(): number;
  /** Its wake word was said where all clients hear it. */
  detect(): void;
  close(): Promise<void>;
}

export interface WakePeerOptions {
  port?: number;
  /** Words of its description; undefined: it is no wake word server. */
  words?: string[];
  /** Of detections: that of the sound, none, or of another clock. */
  timestamps?: 'sound' | 'none' | 'wrong';
  /** It answers nothing. */
  isSilent?: boolean;
}

const LOUD = 20_000;
const WIDTH = 2;

export async function startWakePeer(options: WakePeerOptions = {}): Promise<WakePeer> {
  const { words = ['ok_nabu', 'hey_jarvis'], timestamps = 'sound', port = 0, isSilent = false } = options;
  const violations: string[] = [];
  const asked: unknown[] = [];
  const sockets = new Set<Socket>();
  /** Those that send sound. */
  const listening = new Set<Socket>();
  let heardMs = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      listening.delete(socket);
    });
    serve(socket).catch((error: unknown) => {
      if (!socket.destroyed) violations.push(String(error));
      socket.destroy();
    });
  });

  async function serve(socket: Socket): Promise<void> {
    const reader = new WyomingReader(1_000_000);
    let state: 'new' | 'asked' | 'listening' = 'new';
    let name = words[0];
    for await (const chunk of socket) {
      for (const event of reader.push(chunk)) {
        if (isSilent) continue;
        if (event.type === 'describe') {
          const models = words.map((each) => ({ name: each, languages: ['en'], installed: true, attribution: {} }));
          const wake = words.length > 0 ? [{ name: 'openwakeword', installed: true, models }] : [];
          socket.write(writeEvent({ type: 'info', data: { asr: [], tts: [], wake } }));
        } else if (event.type === 'detect') {
          state = 'asked';
          asked.push(event.data.names);
          name = Array.isArray(event.data.names) ? String(event.data.names[0]) : words[0];
        } else if (event.type === 'audio-start' && state === 'asked') {
          checkFormat(event);
          state = 'listening';
          listening.add(socket);
        } else if (event.type === 'audio-stop' && state === 'listening') {
          state = 'new';
          listening.delete(socket);
          socket.write(writeEvent({ type: 'not-detected' }));
        } else if (event.type === 'audio-chunk' && state === 'listening') {
          hear(socket, event, name);
        } else {
          throw new Error(`${event.type} in the state ${state}`);
        }
      }
    }
  }

  function hear(socket: Socket, event: WyomingEvent, name: string | undefined): void {
    checkFormat(event);
    const { payload, data } = event;
    if (payload.length === 0 || payload.length % WIDTH !== 0) throw new Error(`${payload.length} bytes of sound`);
    heardMs += payload.length / WIDTH / 16;
    const loudAt = new Int16Array(payload.slice().buffer).findIndex((sample) => Math.abs(sample) > LOUD);
    if (loudAt < 0) return;
    const timestamp = Number(data.timestamp) + loudAt / 16;
    const times = { sound: { timestamp }, none: {}, wrong: { timestamp: 1e15 } };
    socket.write(writeEvent({ type: 'detection', data: { name, ...times[timestamps] } }));
  }

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `tcp://127.0.0.1:${address.port}`,
    port: address.port,
    violations,
    heardMs: () => heardMs,
    asked,
    connections: () => sockets.size,
    detect() {
      for (const socket of listening) socket.write(writeEvent({ type: 'detection', data: { name: words[0] } }));
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function checkFormat({ data }: WyomingEvent): void {
  const { rate, width, channels, timestamp } = data;
  if (rate !== 16_000 || width !== WIDTH || channels !== 1) throw new Error(`format ${JSON.stringify(data)}`);
  if (!(typeof timestamp === 'number' && timestamp >= 0)) throw new Error(`timestamp ${timestamp}`);
}
