/**
 * The server's end of the API's wire: bytes in, frames out, and the other way round. The encrypted one does the handshake first.
 */
import { randomBytes } from 'node:crypto';
import {
  decodeSealedContent,
  encodePlainFrame,
  encodeSealedContent,
  encodeSealedFrame,
  type Frame,
  FrameError,
  ReceivedBytes,
  takePlainFrame,
  takeSealedFrame,
} from './frames.ts';
import { acceptNoise, NoiseError, type NoiseSession } from './noise.ts';

export interface ApiWire {
  /** Frames of what has arrived. @throws FrameError, NoiseError: the connection must be closed */
  receive(chunk: Uint8Array): Frame[];
  /** Undefined before the handshake. */
  encode(frame: Frame): Buffer | undefined;
}

export interface EncryptedWireOptions {
  /** 32 bytes. */
  key: Uint8Array;
  /** Of this server. */
  name: string;
  macAddress: string;
  /** Sends bytes of the handshake. */
  send(bytes: Uint8Array): void;
}

const KEY_BYTES = 32;
/** What both ends have seen before the handshake begins with it. */
const PROLOGUE = Buffer.from('NoiseAPIInit');
const NOISE_NNPSK0 = 1;
const SUCCESS = 0;
const FAILURE = 1;

/** A key for both ends, as people copy it: base64. */
export function makeKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

export function createPlainWire(): ApiWire {
  const received = new ReceivedBytes();
  return {
    receive(chunk) {
      received.append(chunk);
      return framesOf(() => takePlainFrame(received));
    },
    encode: encodePlainFrame,
  };
}

export function createEncryptedWire({ key, name, macAddress, send }: EncryptedWireOptions): ApiWire {
  const received = new ReceivedBytes();
  let prologue: Buffer | undefined;
  let session: NoiseSession | undefined;

  /** The client's hello has no content today; both ends include it in the handshake. */
  function onHello(content: Buffer): void {
    prologue = Buffer.concat([PROLOGUE, Buffer.from([content.length >> 8, content.length & 255]), content]);
    const names = Buffer.from(`${name}\0${macAddress.replaceAll(':', '').toLowerCase()}\0`);
    send(encodeSealedFrame(Buffer.concat([Buffer.from([NOISE_NNPSK0]), names])));
  }

  function onHandshake(message: Buffer, seen: Buffer): void {
    if (message[0] !== SUCCESS) throw new FrameError('the client ended the handshake');
    const accepted = acceptNoise(key, seen, message.subarray(1));
    session = accepted.session;
    send(encodeSealedFrame(Buffer.concat([Buffer.from([SUCCESS]), accepted.answer])));
  }

  function next(): Frame | undefined {
    for (;;) {
      const message = takeSealedFrame(received);
      if (!message) return undefined;
      if (session) return decodeSealedContent(session.decrypt(message));
      if (prologue) onHandshake(message, prologue);
      else onHello(message);
    }
  }

  /** In words that clients know: “Handshake MAC failure” is a wrong key for Home Assistant. */
  function refuse(error: unknown): void {
    if (session) return;
    const reason = error instanceof NoiseError ? 'Handshake MAC failure' : 'Bad indicator byte';
    send(encodeSealedFrame(Buffer.concat([Buffer.from([FAILURE]), Buffer.from(reason)])));
  }

  return {
    receive(chunk) {
      received.append(chunk);
      try {
        return framesOf(next);
      } catch (error) {
        refuse(error);
        throw error;
      }
    },
    encode: (frame) => session && encodeSealedFrame(session.encrypt(encodeSealedContent(frame))),
  };
}

function framesOf(next: () => Frame | undefined): Frame[] {
  const frames: Frame[] = [];
  for (let frame = next(); frame; frame = next()) frames.push(frame);
  return frames;
}
