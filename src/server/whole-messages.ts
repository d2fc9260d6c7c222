/**
 * A shorter way for the usual message of a client: a binary one, in one masked frame, that is all that was read from the connection.
 * `ws` would take it apart with six views and pass it through a stream and an emitter. It gets everything else, as before: other messages,
 * parts of messages, several at once, and all that comes once the connection is being closed.
 */
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { MessageBoundary } from './message-boundary.ts';

const FINAL_BINARY = 0x82;
const MASKED = 0x80;
const MASK_BYTES = 4;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/**
 * @param connection of an accepted WebSocket without compression, before anything was read from it
 * @param onMessage gets the content, which is its own
 * @returns false: another library reads the connection, and nothing was changed
 */
export function readWholeMessages(
  connection: Duplex,
  socket: WebSocket,
  onMessage: (content: Uint8Array) => void,
): boolean {
  const [passOn, ...others] = connection.listeners('data');
  if (!passOn || others.length > 0) return false;
  const boundary = new MessageBoundary();
  const onData = (chunk: Buffer) => {
    const at = boundary.isReached && socket.readyState === WebSocket.OPEN ? wholeContentAt(chunk) : 0;
    if (at > 0) return onMessage(unmasked(chunk, at));
    boundary.pass(chunk);
    passOn.call(connection, chunk);
    if (boundary.isClosed) ignoreTheRest();
  };
  // As `ws` does with its own listener.
  const ignoreTheRest = () => connection.removeListener('data', onData);
  socket.on('error', ignoreTheRest);
  connection.removeListener('data', passOn as () => void);
  connection.on('data', onData);
  return true;
}

/** Where the content begins, if the bytes are one binary message with at most 64 KB; otherwise 0. */
export function wholeContentAt(bytes: Uint8Array): number {
  const second = bytes[1] ?? 0;
  if (bytes[0] !== FINAL_BINARY || second < MASKED) return 0;
  const short = second & ~MASKED;
  if (short === LENGTH_64) return 0;
  const headerBytes = short === LENGTH_16 ? 4 : 2;
  const length = short === LENGTH_16 ? ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0) : short;
  const contentAt = headerBytes + MASK_BYTES;
  return bytes.length === contentAt + length ? contentAt : 0;
}

/** Removes the mask in place. */
function unmasked(chunk: Buffer, at: number): Uint8Array {
  const maskAt = at - MASK_BYTES;
  const end = chunk.length;
  for (let i = at; i < end; i++) chunk[i] = (chunk[i] as number) ^ (chunk[maskAt + ((i - at) & 3)] as number);
  return new Uint8Array(chunk.buffer, chunk.byteOffset + at, end - at);
}
