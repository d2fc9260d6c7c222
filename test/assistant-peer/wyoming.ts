/**
 * A Wyoming server with real speech in both directions, as wyoming-faster-whisper and wyoming-piper behave: one connection may make several
 * requests. Faults can be ordered.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type WyomingEvent,
  type WyomingMessage,
  WyomingReader,
  writeEvent,
} from '../../src/core/wyoming/wyoming-events.ts';
import { once } from '../support/in-time.ts';
import type { SpokenAudio } from './speech.ts';

export interface WyomingSpeech {
  speak(text: string): Promise<SpokenAudio>;
  recognise(audio: SpokenAudio): Promise<string>;
}

export type WyomingFault =
  /** No answer to the request. */
  | 'hang'
  | 'hang in the middle'
  | 'disconnect'
  | 'disconnect in the middle'
  /** The connection ends in the middle of an event. */
  | 'half an event'
  | 'endless line'
  | 'lying length'
  | 'not JSON'
  | 'error event'
  /** Audio of 8 bits; a transcript without text. */
  | 'wrong format'
  | 'empty'
  /** Each piece of the sound many times, as fast as possible. */
  | 'endless audio';

export interface WyomingPeer {
  /** `tcp://127.0.0.1:PORT` */
  url: string;
  /** What was received, of all connections. */
  received: WyomingEvent[];
  connections(): number;
  /** For the next requests (not for `describe`), one each. */
  fail(...faults: WyomingFault[]): void;
  close(): Promise<void>;
}

export interface WyomingPeerOptions {
  speech: WyomingSpeech;
  /** Transcripts in pieces; text of a sentence in pieces. */
  isStreaming?: boolean;
}

const SAMPLES_OF_CHUNK = 1_024;

export async function startWyomingPeer({ speech, isStreaming = false }: WyomingPeerOptions): Promise<WyomingPeer> {
  const faults: WyomingFault[] = [];
  const received: WyomingEvent[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    serve(socket).catch(() => socket.destroy());
  });

  async function serve(socket: Socket): Promise<void> {
    const reader = new WyomingReader(10_000_000);
    const send = (message: WyomingMessage) => socket.write(writeEvent(message));
    let sound: Uint8Array[] = [];
    let text = '';
    for await (const chunk of socket) {
      for (const event of reader.push(chunk)) {
        received.push(event);
        switch (event.type) {
          case 'describe':
            send({ type: 'info', data: infoOf(isStreaming) });
            break;
          case 'audio-start':
            sound = [];
            break;
          case 'audio-chunk':
            sound.push(event.payload);
            break;
          case 'audio-stop':
            await transcribe(socket, Buffer.concat(sound));
            break;
          case 'synthesize':
            await synthesize(socket, String(event.data.text));
            break;
          case 'synthesize-start':
            text = '';
            break;
          case 'synthesize-chunk':
            text += String(event.data.text);
            break;
          case 'synthesize-stop':
            await synthesize(socket, text);
            send({ type: 'synthesize-stopped' });
            break;
        }
      }
    }
  }

  async function transcribe(socket: Socket, sound: Buffer): Promise<void> {
    const send = (message: WyomingMessage) => socket.write(writeEvent(message));
    const fault = faults.shift();
    if (fault && (await faultBefore(socket, fault))) return;
    if (fault === 'wrong format') return void send({ type: 'transcript', data: {} });
    const samples = new Int16Array(sound.length / 2);
    new Uint8Array(samples.buffer).set(sound.subarray(0, samples.byteLength));
    const text = fault === 'empty' ? '' : await speech.recognise({ samples, sampleRateHz: 16_000 });
    if (!isStreaming) return void send({ type: 'transcript', data: { text, language: 'en' } });
    send({ type: 'transcript-start' });
    for (const word of text.match(/\S+\s*/g) ?? []) {
      send({ type: 'transcript-chunk', data: { text: word } });
      if (fault && faultInside(socket, fault)) return;
    }
    send({ type: 'transcript-stop' });
    send({ type: 'transcript', data: { text } });
  }

  async function synthesize(socket: Socket, text: string): Promise<void> {
    const fault = faults.shift();
    if (fault && (await faultBefore(socket, fault))) return;
    const { samples, sampleRateHz: rate } = await speech.speak(text);
    const format = { rate, width: fault === 'wrong format' ? 1 : 2, channels: 1 };
    socket.write(writeEvent({ type: 'audio-start', data: format }));
    for (let at = 0; at < samples.length && fault !== 'empty'; at += SAMPLES_OF_CHUNK) {
      const piece = samples.subarray(at, at + SAMPLES_OF_CHUNK);
      const payload = new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
      socket.write(writeEvent({ type: 'audio-chunk', data: format, payload }));
      if (fault && faultInside(socket, fault)) return;
      while (fault === 'endless audio' && socket.writable) {
        if (!socket.write(writeEvent({ type: 'audio-chunk', data: format, payload }))) await wait(1);
      }
    }
    socket.write(writeEvent({ type: 'audio-stop' }));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    connections: () => sockets.size,
    fail: (...more) => void faults.push(...more),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Whether there is no more answer. */
async function faultBefore(socket: Socket, fault: WyomingFault): Promise<boolean> {
  switch (fault) {
    case 'hang':
      return true;
    case 'disconnect':
      socket.resetAndDestroy();
      return true;
    case 'half an event':
      socket.end('{"type":"transcript","data_le');
      return true;
    case 'not JSON':
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
      return true;
    case 'lying length':
      socket.write('{"type":"audio-chunk","payload_length":99999999999}\n');
      return true;
    case 'error event':
      socket.write(writeEvent({ type: 'error', data: { text: 'you said: what time is it', code: 'x' } }));
      return true;
    case 'endless line':
      while (socket.writable) if (!socket.write('x'.repeat(65_536))) await wait(1);
      return true;
    default:
      return false;
  }
}

function faultInside(socket: Socket, fault: WyomingFault): boolean {
  if (fault === 'disconnect in the middle') socket.resetAndDestroy();
  return fault === 'disconnect in the middle' || fault === 'hang in the middle';
}

/** As the services of Home Assistant describe themselves. */
function infoOf(isStreaming: boolean) {
  const attribution = { name: 'peer', url: 'https://example.com' };
  const shared = { attribution, installed: true, description: null, version: '1' };
  return {
    asr: [
      {
        ...{ name: 'moonshine', ...shared, supports_transcript_streaming: isStreaming },
        models: [{ name: 'tiny', languages: ['en'], ...shared }],
      },
    ],
    tts: [
      {
        ...{ name: 'flite', ...shared, supports_synthesize_streaming: isStreaming },
        voices: [{ name: 'rms', languages: ['en'], speakers: null, ...shared }],
      },
    ],
    ...{ handle: [], intent: [], wake: [], mic: [], snd: [] },
  };
}
