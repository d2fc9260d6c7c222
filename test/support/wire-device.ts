/**
 * A hand-written device: uses the protocol over a real WebSocket, and notes the arrival time of each packet of the reply.
 */
import { v7 as uuidv7 } from 'uuid';
import { WebSocket } from 'ws';
import { createOpusEncoder } from '../../actors/codec/opus.ts';
import type { DeviceMessage, GatewayMessage, Hello } from '../../src/protocol/control.ts';
import { type AudioPacket, decodePacket, encodePacket } from '../../src/protocol/packet.ts';
import { inTime } from './in-time.ts';
import { readSamples, SHORT_SPEECH } from './speech.ts';

const PING_INTERVAL_MS = 5_000;
const EMPTY_FINAL = { final: true, discontinuity: false, pcm: false, sequence: 0, timestamp: 0, frames: [] };

export interface WireDevice {
  /** Resolves with the first past or future message that matches. Rejects when none comes in time. */
  waitFor<Type extends GatewayMessage['type']>(
    type: Type,
    fits?: (message: Extract<GatewayMessage, { type: Type }>) => boolean,
  ): Promise<Extract<GatewayMessage, { type: Type }>>;
  send(message: DeviceMessage): void;
  sendPacket(bytes: Uint8Array): void;
  /** Sends a turn. `paceMs`: time between packets; 0 is full speed. `offline`: one that was recorded earlier. */
  speak(options?: {
    frames?: Uint8Array[];
    id?: string;
    paceMs?: number;
    offline?: { recordedAt: number };
    /** The turn is for this announcement; with `frames: []` it has no utterance. */
    announcement?: string;
  }): Promise<SpokenOverWire>;
  /** All that have come. */
  messages: readonly GatewayMessage[];
  /** Within the limit of a wait, from when it is asked for. */
  readonly closed: Promise<{ code: number; reason: string }>;
  close(): void;
}

export function helloOf(name: string, framesPerPacket = 1, bufferMs = 600): Hello {
  const audio = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket } as const;
  return { type: 'hello', protocol: 1, device: { name }, audio, playback: { bufferMs } };
}

export interface SpokenOverWire {
  turn: number;
  id: string;
  /** From sending a frame to the arrival of its echo, with the `echo` responder. */
  roundTripsMs: number[];
}

export interface WireDeviceOptions {
  name?: string;
  token?: string;
  /** Its hello, instead of the one made from the other options. */
  hello?: Hello;
  /** Its local address, e.g. `127.0.0.2`. */
  localAddress?: string;
  /** In both directions; 1 by default. */
  framesPerPacket?: number;
  /** A packet of an utterance was sent: the number of its first frame, and its bytes. */
  onSent?: (sequence: number, bytes: Uint8Array) => void;
  /** A packet of a reply was received. */
  onPacket?: (packet: AudioPacket) => void;
}

/** @throws an error with the HTTP status of a refused handshake and the gateway's response. */
export async function connectDevice(url: string, options: WireDeviceOptions = {}): Promise<WireDevice> {
  const { name = 'kitchen', token, framesPerPacket = 1, localAddress, onSent, onPacket } = options;
  const socket = new WebSocket(new URL('/v1/stream', url), 'earshot.v1', {
    ...(localAddress !== undefined && { localAddress }),
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
  });
  const messages: GatewayMessage[] = [];
  const waiting = new Set<() => void>();
  const sentAtMs: number[] = [];
  let roundTripsMs: number[] = [];
  let turns = 0;
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) return receivePacket(new Uint8Array(data));
    messages.push(JSON.parse(data.toString()));
    for (const check of waiting) check();
  });
  // Not with events.once, which rejects when an error comes before the end.
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    // Also a later message, up to `closed`.
    socket.on('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => {
        const told = response.headers['content-type'] === 'application/json' ? JSON.parse(body) : {};
        reject(Object.assign(new Error(body), { status: response.statusCode, ...told }));
      });
    });
  });
  await inTime(opened, `a connection to ${url}`);

  function receivePacket(bytes: Uint8Array): void {
    const decoded = decodePacket(bytes);
    if (!decoded.ok || decoded.packet.frames.length === 0) return;
    onPacket?.(decoded.packet);
    const sent = sentAtMs[decoded.packet.sequence];
    if (sent !== undefined) roundTripsMs.push(performance.now() - sent);
  }

  const send = (message: DeviceMessage) => socket.send(JSON.stringify(message));
  const waitFor: WireDevice['waitFor'] = (type, fits = () => true) => {
    const found = new Promise<never>((resolve, reject) => {
      const check = () => {
        for (const message of messages) {
          if (message.type !== type || !fits(message as never)) continue;
          waiting.delete(check);
          return resolve(message as never);
        }
      };
      waiting.add(check);
      check();
      void closed.then(({ code, reason }) => reject(new Error(`closed (${code} ${reason}) without ${type}`)));
    });
    return inTime(found, () => `${type}; received ${messages.map((message) => message.type)}`);
  };

  send(options.hello ?? helloOf(name, framesPerPacket));
  // Every device must send pings: so it stays connected during long waits.
  const pinging = setInterval(() => send({ type: 'ping', t0: Date.now() }), PING_INTERVAL_MS);
  void closed.then(() => clearInterval(pinging));

  return {
    waitFor,
    messages,
    send,
    sendPacket: (bytes) => socket.send(bytes),
    async speak({ frames = speechFrames(), id = uuidv7(), paceMs = 0, offline, announcement } = {}) {
      turns += 1;
      const turn = turns;
      roundTripsMs = [];
      const about = { ...(offline && { offline }), ...(announcement !== undefined && { announcement }) };
      send({ type: 'turn.start', turn, id, trigger: 'key', startedAt: Date.now(), ...about });
      if (frames.length === 0) socket.send(encodePacket({ ...EMPTY_FINAL, turn }));
      const startedMs = performance.now();
      for (let sequence = 0; sequence < frames.length; sequence += framesPerPacket) {
        const dueMs = startedMs + (sequence / framesPerPacket) * paceMs - performance.now();
        if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
        const part = frames.slice(sequence, sequence + framesPerPacket);
        const final = sequence + part.length === frames.length;
        sentAtMs[sequence] = performance.now();
        const place = { turn, sequence, timestamp: sequence * 320 };
        const bytes = encodePacket({ final, discontinuity: false, pcm: false, ...place, frames: part });
        onSent?.(sequence, bytes);
        socket.send(bytes);
      }
      await waitFor('turn.done', (message) => message.id === id);
      return { turn, id, roundTripsMs };
    },
    get closed() {
      return inTime(closed, `the connection of ${name} is closed`);
    },
    close: () => socket.close(),
  };
}

export function speechFrames(samples: Int16Array = readSamples(SHORT_SPEECH)): Uint8Array[] {
  const encoder = createOpusEncoder();
  const frames: Uint8Array[] = [];
  for (let at = 0; at + 320 <= samples.length; at += 320) frames.push(encoder.encode(samples.slice(at, at + 320)));
  return frames;
}
