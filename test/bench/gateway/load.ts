/**
 * Devices that run turns, or only stay connected, in a separate process: real messages of the wire, and real speech
 * that was encoded before. One device is a socket and two numbers here, so that the server is measured and not the
 * devices.
 *
 * Started by the benchmark with a {@link Load} and an address; reports over IPC when all are connected, and the
 * results.
 */
import type { Duplex } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import { WebSocket } from 'ws';
import { SPECIFIED_SETTINGS } from '../../../actors/codec/encoder-settings.ts';
import { readSpeechFile } from '../../../actors/sound/wav-file.ts';
import { encodePacket, turnTagOf } from '../../../src/protocol/packet.ts';
import { encodeSpeech } from '../../../src/tools/simulation/encoded-speech.ts';
import type { Load } from './results.ts';

const FRAMES_PER_PACKET = 3;
const PACKET_MS = 60;
/** Of one utterance of a device with the parrot, and of the pause in which it receives the reply. */
const PARROT_PACKETS = 50;
const PARROT_PAUSE_PACKETS = 10;
/** Connections opened at the same time; more would be refused by the system's queue of connections. */
const CONNECTING_AT_ONCE = 100;
const PING_MS = 5_000;
/** A device acknowledges a reply about every 500 ms. */
const PACKETS_PER_ACK = 8;
/** How finely the devices are distributed over the length of a packet. */
const SLOTS = 30;
/** Different voices, so that packets differ. */
const BUNDLED = ['0870', '0880', '0920'];

interface Device {
  socket: WebSocket;
  /** Below the WebSocket. */
  connection?: Duplex;
  /** Of the turn's packets. */
  sent: number;
  /** First frame of the reply that is missing, and up to where that was acknowledged. */
  received: number;
  acknowledged: number;
  turn: number;
  sentAtMs: Float64Array;
  finalAtMs: number;
  offset: number;
}

const {
  url,
  mode,
  devices: count,
  seconds,
  settleSeconds,
} = JSON.parse(process.argv[2] ?? '{}') as Load & {
  url: string;
  settleSeconds: number;
};
const speech = await Promise.all(
  BUNDLED.map(async (name) => {
    const file = new URL(`../../../assets/sense-and-sensibility-${name}.wav`, import.meta.url);
    const samples = await readSpeechFile(file.pathname);
    const encoded = encodeSpeech(samples, { ...SPECIFIED_SETTINGS, fec: false });
    return Array.from({ length: Math.floor(samples.length / 320) }, (_, i) => encoded.frame(i).slice());
  }),
);
const devices: Device[] = [];
const delays: number[] = [];
let measuring = false;
let packets = 0;
let missing = 0;

function connect(index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url}/v1/stream`, 'earshot.v1', { perMessageDeflate: false });
    const device: Device = {
      socket,
      sent: 0,
      received: 0,
      acknowledged: 0,
      turn: 0,
      sentAtMs: new Float64Array(4_096),
      finalAtMs: 0,
      offset: index * 37,
    };
    socket.on('upgrade', ({ socket: connection }) => {
      device.connection = connection;
    });
    socket.on('error', reject);
    socket.on('close', (code) => measuring && process.exit(code === 1000 ? 0 : 3));
    socket.on('open', () =>
      socket.send(
        JSON.stringify({
          type: 'hello',
          protocol: 1,
          device: { name: `bench-${index}` },
          audio: { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: FRAMES_PER_PACKET },
          playback: { bufferMs: 600 },
        }),
      ),
    );
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) return hear(device, data);
      if (data.includes('"welcome"')) {
        devices.push(device);
        resolve();
      }
    });
  });
}

function hear(device: Device, data: Buffer): void {
  if (data.readUInt16BE(2) !== turnTagOf(device.turn)) return;
  device.received = data.readUInt32BE(4) + (data[12] ?? 0);
  if (mode === 'parrot') {
    if (device.finalAtMs === 0) return;
    if (measuring) delays.push(performance.now() - device.finalAtMs);
    device.finalAtMs = 0;
    return;
  }
  const at = (data.readUInt32BE(4) / FRAMES_PER_PACKET) % device.sentAtMs.length;
  if (device.sentAtMs[at] === 0) return;
  if (measuring) delays.push(performance.now() - (device.sentAtMs[at] ?? 0));
  device.sentAtMs[at] = 0;
}

function startTurn(device: Device): void {
  if (measuring && device.finalAtMs > 0) missing += 1;
  device.turn += 1;
  device.sent = 0;
  device.received = 0;
  device.acknowledged = 0;
  const start = { type: 'turn.start', turn: device.turn, id: uuidv7(), trigger: 'key', startedAt: Date.now() };
  device.socket.send(JSON.stringify(start));
}

function continueTurn(device: Device): void {
  if (device.turn === 0) return;
  if (mode === 'parrot' && device.sent >= PARROT_PACKETS + PARROT_PAUSE_PACKETS) startTurn(device);
  if (mode === 'parrot' && device.sent >= PARROT_PACKETS) {
    device.sent += 1;
    return;
  }
  const voice = speech[device.offset % speech.length] ?? [];
  const first = device.sent * FRAMES_PER_PACKET;
  const frames = Array.from(
    { length: FRAMES_PER_PACKET },
    (_, i) => voice[(device.offset + first + i) % voice.length] as Uint8Array,
  );
  const final = mode === 'parrot' && device.sent === PARROT_PACKETS - 1;
  const packet = {
    final,
    discontinuity: false,
    pcm: false,
    turn: turnTagOf(device.turn),
    sequence: first,
    timestamp: first * 320,
    frames,
  };
  const bytes = encodePacket(packet);
  const now = performance.now();
  const at = device.sent % device.sentAtMs.length;
  if (mode === 'echo' && measuring) {
    packets += 1;
    if ((device.sentAtMs[at] ?? 0) > 0) missing += 1;
  }
  if (mode === 'echo') device.sentAtMs[at] = now;
  if (final) {
    device.finalAtMs = now;
    packets += 1;
  }
  // One write for both, as a device does (actors/network/coalesce.ts).
  device.connection?.cork();
  if (device.sent % PACKETS_PER_ACK === 0 && device.received > device.acknowledged) acknowledge(device);
  device.socket.send(bytes);
  device.connection?.uncork();
  device.sent += 1;
}

function acknowledge(device: Device): void {
  device.acknowledged = device.received;
  device.socket.send(JSON.stringify({ type: 'ack', turn: device.turn, next: device.received }));
}

/** Each slot has its share of the devices, and its own time within every packet's length. */
async function talkFor(ms: number): Promise<void> {
  const startMs = performance.now();
  for (let step = 0; ; step++) {
    const dueMs = startMs + (step * PACKET_MS) / SLOTS;
    const nowMs = performance.now();
    if (dueMs > startMs + ms) return;
    if (dueMs > nowMs) await new Promise((resolve) => setTimeout(resolve, dueMs - nowMs));
    for (let i = step % SLOTS; i < devices.length; i += SLOTS) {
      const device = devices[i];
      if (device) continueTurn(device);
    }
  }
}

function ping(): void {
  const text = JSON.stringify({ type: 'ping', t0: Date.now() });
  for (const device of devices) setTimeout(() => device.socket.send(text), Math.random() * PING_MS);
}

const startedMs = performance.now();
for (let from = 0; from < count; from += CONNECTING_AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(CONNECTING_AT_ONCE, count - from) }, (_, i) => connect(from + i)));
}
process.send?.({ kind: 'connected', connectMs: performance.now() - startedMs });
ping();
const pinging = setInterval(ping, PING_MS);
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
// Devices begin independently; half of the settling time is left for all of them.
const apartMs = (settleSeconds * 1_000) / 2 / devices.length;
if (mode !== 'idle') for (const [i, device] of devices.entries()) setTimeout(() => startTurn(device), i * apartMs);
await (mode === 'idle' ? wait(settleSeconds * 1_000) : talkFor(settleSeconds * 1_000));
process.send?.({ kind: 'settled' });
measuring = true;
await (mode === 'idle' ? wait(seconds * 1_000) : talkFor(seconds * 1_000));
clearInterval(pinging);
// Packets in transit still count.
await wait(500);
if (mode === 'echo') for (const { sentAtMs } of devices) for (const ms of sentAtMs) missing += ms > 0 ? 1 : 0;
measuring = false;
process.send?.({ kind: 'measured', delays: delays.sort((a, b) => a - b), packets, missing });
