/**
 * A shorter way for the usual messages of a client: binary ones, in one masked frame each, that are read whole. `ws` would take them
 * apart with six views and pass them through a stream and an emitter. It gets everything else, as before: texts, parts of messages,
 * control frames, and all that comes once the connection is being closed.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { MessageBoundary } from './message-boundary.ts';
import { readIntoSharedBuffer } from './shared-read-buffer.ts';

const FINAL_TEXT = 0x81;
const FINAL_BINARY = 0x82;
const MASKED = 0x80;
const MASK_BYTES = 4;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** Contents of one connection are together in pieces of this length: five packets of speech. Longer ones have their own. */
export const CONTENT_PIECE_BYTES = 1_024;

/** An object with a method, because a closure for each connection would be two more objects in the way of a packet. */
export interface WholeMessageReceiver {
  /** The content does not change any more, and shares its memory with contents of this connection only. */
  onWholeMessage(content: Uint8Array): void;
}

/**
 * @param connection of an accepted WebSocket without compression, before anything was read from it
 * @returns false: another library reads the connection, and nothing was changed
 */
export function readWholeMessages(connection: Duplex, socket: WebSocket, receiver: WholeMessageReceiver): boolean {
  const [passOn, ...others] = connection.listeners('data');
  if (!passOn || others.length > 0) return false;
  const reader = new MessageReader(socket, (bytes) => passOn.call(connection, bytes), receiver);
  const onData = (chunk: Buffer) => reader.read(chunk, chunk.length);
  reader.onOver = () => connection.removeListener('data', onData);
  connection.removeListener('data', passOn as () => void);
  connection.on('data', onData);
  readIntoSharedBuffer(connection, (length, memory) => reader.read(memory, length));
  return true;
}

/** A class with few objects: each packet of each connection comes through here. */
class MessageReader {
  /** Everything that follows is ignored. */
  onOver = () => {};
  readonly #passOn: (bytes: Buffer) => void;
  readonly #receiver: WholeMessageReceiver;
  readonly #boundary = new MessageBoundary();
  /** As the boundary says; kept here, because each packet needs it. */
  #isBetweenMessages = true;
  /** Of the contents. Made for the first one. */
  #piece: Uint8Array | undefined;
  #used = 0;
  #isOver = false;

  constructor(socket: WebSocket, passOn: (bytes: Buffer) => void, receiver: WholeMessageReceiver) {
    this.#passOn = passOn;
    this.#receiver = receiver;
    socket.on('error', () => this.#end());
  }

  /** @param bytes of which this many were read; they are not kept */
  read(bytes: Uint8Array, length: number): void {
    for (let at = 0; at < length && !this.#isOver; ) {
      const end = this.#isBetweenMessages ? wholeMessageEnd(bytes, at, length) : 0;
      if (end === 0) return this.#passRest(bytes, at, length);
      if (bytes[at] === FINAL_BINARY) {
        this.#receiver.onWholeMessage(this.#unmasked(bytes, at + headBytes(bytes, at), end));
      } else this.#passOn(Buffer.from(bytes.subarray(at, end)));
      at = end;
    }
  }

  #passRest(bytes: Uint8Array, at: number, end: number): void {
    const rest = Buffer.from(bytes.subarray(at, end));
    this.#boundary.pass(rest);
    this.#isBetweenMessages = this.#boundary.isReached;
    this.#passOn(rest);
    if (this.#boundary.isClosed) this.#end();
  }

  /** As `ws` does with its own listener. */
  #end(): void {
    this.#isOver = true;
    this.onOver();
  }

  /** A copy of the content without the mask, which is in front of it. */
  #unmasked(bytes: Uint8Array, from: number, end: number): Uint8Array {
    const content = this.#reserve(end - from);
    const [a, b] = [bytes[from - 4] as number, bytes[from - 3] as number];
    const [c, d] = [bytes[from - 2] as number, bytes[from - 1] as number];
    let i = from;
    let at = 0;
    for (; i + 3 < end; i += 4, at += 4) {
      content[at] = (bytes[i] as number) ^ a;
      content[at + 1] = (bytes[i + 1] as number) ^ b;
      content[at + 2] = (bytes[i + 2] as number) ^ c;
      content[at + 3] = (bytes[i + 3] as number) ^ d;
    }
    for (; i < end; i++, at++) content[at] = (bytes[i] as number) ^ (bytes[from - MASK_BYTES + (at & 3)] as number);
    return content;
  }

  #reserve(length: number): Uint8Array {
    if (length > CONTENT_PIECE_BYTES / 2) return new Uint8Array(length);
    if (!this.#piece || this.#used + length > CONTENT_PIECE_BYTES) {
      this.#piece = new Uint8Array(CONTENT_PIECE_BYTES);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += length;
    return this.#piece.subarray(from, this.#used);
  }
}

/** Where the text or binary message that begins here ends, if it is one masked frame of at most 64 KB and all of it was read; otherwise 0. */
export function wholeMessageEnd(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at];
  const second = at + 1 < end ? (bytes[at + 1] as number) : 0;
  if ((first !== FINAL_BINARY && first !== FINAL_TEXT) || second < MASKED) return 0;
  const short = second & ~MASKED;
  if (short === LENGTH_64) return 0;
  const contentAt = at + headBytes(bytes, at);
  if (contentAt > end) return 0;
  const length = short === LENGTH_16 ? ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number) : short;
  return contentAt + length <= end ? contentAt + length : 0;
}

/** Of a masked frame without a length of 64 bits. */
function headBytes(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 1] as number) & ~MASKED) === LENGTH_16 ? 4 + MASK_BYTES : 2 + MASK_BYTES;
}
