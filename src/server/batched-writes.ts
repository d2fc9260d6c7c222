/**
 * Batches the writes of a server: what it writes to its connections while it reads from several of them is written
 * after that, connection by connection, as one block each. Reading from many connections and then writing to many,
 * instead of alternating, also uses the processor's caches better.
 */
import type { Writable } from 'node:stream';

/**
 * A connection with more bytes is written at once, so that the limit of unsent bytes measures what the system does not
 * accept.
 */
const MAX_WAITING_BYTES = 8 * 1_024;
/** Connections in one batch: bounds the delay of the first one. */
const MAX_CONNECTIONS = 64;

let corked: Writable[] = [];
let isScheduled = false;

/** @returns a function to call before each write to the connection */
export function batchedWrites(connection: Writable): (bytes: number) => void {
  return (bytes) => {
    if (connection.writableLength + bytes > MAX_WAITING_BYTES) {
      connection.uncork();
    } else if (connection.writableCorked === 0) {
      connection.cork();
      corked.push(connection);
      schedule();
    }
  };
}

function schedule(): void {
  if (corked.length >= MAX_CONNECTIONS) return flush();
  if (isScheduled) return;
  isScheduled = true;
  // Not in a scope: what was written before the scope ended, such as the close message, must still be sent.
  setImmediate(() => {
    isScheduled = false;
    flush();
  });
}

function flush(): void {
  const waiting = corked;
  corked = [];
  for (const connection of waiting) connection.uncork();
}
