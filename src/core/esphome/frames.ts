/**
 * Frames of ESPHome's native API over TCP, in the two forms that there are:
 *
 * - plain: 0, the length of the body and the number of the message as varints, the body;
 * - encrypted: 1, the length as two bytes, a Noise message. Its content is the number and the length of the message as two bytes each, and the body.
 *
 * A frame has up to 65,535 bytes in both forms, so what waits for its rest is bounded.
 */
import { encodeVarint } from './protobuf.ts';

/** The longest body. */
export const MAX_BODY_BYTES = 65_535;
/** Of a length or a number in a plain frame. */
const MAX_VARINT_BYTES = 3;

export interface Frame {
  /** Number of its message. */
  id: number;
  body: Uint8Array;
}

/** What the other side sends are no frames. */
export class FrameError extends Error {}

/** Bytes that arrive in pieces. Each is copied a bounded number of times, whatever the pieces. */
export class ReceivedBytes {
  #bytes = Buffer.alloc(256);
  #start = 0;
  #end = 0;

  append(chunk: Uint8Array): void {
    const waiting = this.#end - this.#start;
    if (this.#end + chunk.length > this.#bytes.length) {
      const needed = waiting + chunk.length;
      const larger = needed > this.#bytes.length / 2 ? Buffer.alloc(needed * 2) : this.#bytes;
      this.#bytes.copy(larger, 0, this.#start, this.#end);
      this.#bytes = larger;
      this.#start = 0;
      this.#end = waiting;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** Undefined: it is not there yet. */
  at(index: number): number | undefined {
    return index < this.length ? this.#bytes[this.#start + index] : undefined;
  }

  /** A copy. */
  take(count: number): Buffer {
    this.#start += count;
    return Buffer.from(this.#bytes.subarray(this.#start - count, this.#start));
  }
}

export function encodePlainFrame({ id, body }: Frame): Buffer {
  return Buffer.concat([Buffer.from([0]), encodeVarint(body.length), encodeVarint(id), body]);
}

/** Undefined: it is not whole yet. @throws FrameError */
export function takePlainFrame(received: ReceivedBytes): Frame | undefined {
  const first = received.at(0);
  if (first === undefined) return undefined;
  if (first !== 0) throw new FrameError(`a plain frame begins with 0, not with ${first}`);
  const length = varintAt(received, 1);
  const id = length && varintAt(received, length.next);
  if (!length || !id) return undefined;
  if (length.value > MAX_BODY_BYTES) throw new FrameError('a message is too long');
  if (received.length < id.next + length.value) return undefined;
  received.take(id.next);
  return { id: id.value, body: received.take(length.value) };
}

function varintAt(received: ReceivedBytes, at: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = received.at(at + i);
    if (byte === undefined) return undefined;
    value |= (byte & 127) << (7 * i);
    if (byte < 128) return { value, next: at + i + 1 };
  }
  throw new FrameError('the length of a message is too long');
}

/** @throws FrameError: the message is too long */
export function encodeSealedFrame(message: Uint8Array): Buffer {
  if (message.length > MAX_BODY_BYTES) throw new FrameError('a message is too long');
  return Buffer.concat([Buffer.from([1, message.length >> 8, message.length & 255]), message]);
}

/** The Noise message of the next encrypted frame. Undefined: it is not whole yet. @throws FrameError */
export function takeSealedFrame(received: ReceivedBytes): Buffer | undefined {
  const first = received.at(0);
  if (first !== undefined && first !== 1) throw new FrameError(`an encrypted frame begins with 1, not with ${first}`);
  const high = received.at(1);
  const low = received.at(2);
  if (high === undefined || low === undefined) return undefined;
  const length = (high << 8) | low;
  if (received.length < 3 + length) return undefined;
  received.take(3);
  return received.take(length);
}

/** What is inside of a Noise message. */
export function encodeSealedContent({ id, body }: Frame): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(id, 0);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, body]);
}

/** @throws FrameError */
export function decodeSealedContent(content: Buffer): Frame {
  if (content.length < 4) throw new FrameError('a message has no number');
  const length = content.readUInt16BE(2);
  if (content.length < 4 + length) throw new FrameError('a message is cut off');
  return { id: content.readUInt16BE(0), body: content.subarray(4, 4 + length) };
}
