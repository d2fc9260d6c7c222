/**
 * The control of the memory of an hour: a process without Earshot's machines, actors, buffers and cards, that does what a streaming device
 * asks of Node and of its libraries, as often: it encodes three frames every 60 ms, writes them to a file that is synced once a
 * second, sends them over TLS, and decodes what comes back. A turn lasts a minute. What grows here grows in V8, malloc and the libraries.
 *
 *     memory-control.ts URL FOLDER NAME
 */
import { fsync, openSync, write } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { WebSocket } from 'ws';
import { createOpusDecoder, createOpusEncoder } from '../../actors/codec/opus.ts';
import { startPeriodicTimer } from '../../actors/sound/periodic-timer.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { CHUNK_MS, FRAMES_PER_CHUNK, RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import { decodePacket, encodePacket, turnTagOf } from '../../src/protocol/packet.ts';
import { denseSpeech } from './dense-speech.ts';

const PACKETS_PER_TURN = 60_000 / CHUNK_MS;
const PACKETS_PER_SYNC = Math.round(1_000 / CHUNK_MS);
const PACKETS_PER_ACK = 8;
const TURNS_PER_COLLECTION = 6;
const [url = '', folder = '.', name = ''] = process.argv.slice(2);
const append = promisify(write);
const sync = promisify(fsync);

const speech = denseSpeech();
const encoder = createOpusEncoder();
const decoder = createOpusDecoder();
let at = 0;
let turn = 0;
let sent = 0;
let written = 0;
let heard = 0;
const file = openSync(join(folder, `control-${name}`), 'wx');

const socket = new WebSocket(`${url}/v1/stream`, 'earshot.v1', { perMessageDeflate: false });
const say = (message: object) => socket.send(JSON.stringify(message));

function nextFrame(): Uint8Array {
  if (at + RECOMMENDED_FRAME_SIZE > speech.length) at = 0;
  at += RECOMMENDED_FRAME_SIZE;
  return encoder.encode(speech.subarray(at - RECOMMENDED_FRAME_SIZE, at));
}

function beginTurn(): void {
  // As the device does between turns (src/device/garbage-collection.ts).
  if (turn % TURNS_PER_COLLECTION === 0) globalThis.gc?.();
  turn += 1;
  sent = 0;
  written = 0;
  heard = 0;
  say({ type: 'turn.start', turn, id: uuidv7(), trigger: 'key', startedAt: Date.now() });
}

/** One write after the other: the pool's threads may overtake each other, and the gateway takes packets in order only. */
let writing: Promise<unknown> = Promise.resolve();

async function sendPacket(): Promise<void> {
  if (sent === PACKETS_PER_TURN || turn === 0) beginTurn();
  const sequence = sent * FRAMES_PER_CHUNK;
  sent += 1;
  const frames = Array.from({ length: FRAMES_PER_CHUNK }, nextFrame);
  const flags = { final: sent === PACKETS_PER_TURN, discontinuity: false, pcm: false };
  const timestamp = sequence * RECOMMENDED_FRAME_SIZE;
  const bytes = encodePacket({ ...flags, turn: turnTagOf(turn), sequence, timestamp, frames });
  const before = written;
  written += bytes.length;
  const [isSyncDue, isAckDue] = [sent % PACKETS_PER_SYNC === 0, sent % PACKETS_PER_ACK === 0];
  writing = writing.then(() => append(file, bytes, 0, bytes.length, before));
  await writing;
  if (isSyncDue) void sync(file);
  socket.send(bytes);
  if (isAckDue && heard > 0) say({ type: 'ack', turn, next: heard });
}

socket.on('open', () => {
  const audio = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: FRAMES_PER_CHUNK };
  say({ type: 'hello', protocol: 1, device: { name: `control-${name}` }, audio, playback: { bufferMs: 600 } });
});
socket.on('message', (data: Buffer, isBinary) => {
  if (!isBinary) {
    if (data.includes('"error"')) process.stderr.write(`the gateway says: ${data}\n`);
    if (!data.includes('"welcome"')) return;
    process.stdout.write('connected\n');
    startPeriodicTimer(systemClock, CHUNK_MS, () => void sendPacket());
    setInterval(() => say({ type: 'ping', t0: Date.now() }), 5_000);
    return;
  }
  const decoded = decodePacket(data);
  if (!decoded.ok || decoded.packet.turn !== turnTagOf(turn)) return;
  for (const frame of decoded.packet.frames) decoder.decode(frame);
  heard = decoded.packet.sequence + decoded.packet.frames.length;
});
socket.on('close', (code) => {
  process.stderr.write(`the gateway has closed the connection (${code})\n`);
  process.exitCode = 1;
  process.exit();
});
