/**
 * Has Node read a TCP connection into memory that all connections share. Otherwise Node allocates 64 KB for each read, cuts them to what
 * came, and passes that through a stream. Node offers this (`onread`) for connections that a program makes, not for those that a server
 * accepts: what it would set there is set here. Where Node is another one, nothing is changed.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** As much as libuv reads at a time. */
const memory = Buffer.allocUnsafeSlow(64 * 1_024);

interface Internals {
  _handle?: { useUserBuffer?: (memory: Uint8Array) => void } | null;
  [name: symbol]: unknown;
}

/**
 * What was read before still comes as `data`. Pausing and resuming the connection work as usual.
 *
 * @param onRead gets the memory, and how many bytes of it were read; they are valid during the call only
 * @returns false: it can't be read this way, and nothing was changed
 */
export function readIntoSharedBuffer(connection: Duplex, onRead: (bytes: number, memory: Uint8Array) => void): boolean {
  if (!(connection instanceof Socket)) return false;
  const internals = connection as unknown as Internals;
  const [buffer, callback] = ['kBuffer', 'kBufferCb'].map((name) => fieldOf(connection, name));
  const handle = internals._handle;
  if (!buffer || !callback || internals[buffer] || typeof handle?.useUserBuffer !== 'function') return false;
  handle.useUserBuffer(memory);
  internals[buffer] = memory;
  internals[callback] = onRead;
  return true;
}

function fieldOf(connection: Socket, name: string): symbol | undefined {
  return Object.getOwnPropertySymbols(connection).find(({ description }) => description === name);
}
