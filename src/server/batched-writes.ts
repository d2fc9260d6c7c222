/**
 * What a server writes to its connections while it looks through those that have sent something goes out at the end of that, connection by
 * connection. Each gets one piece of all that it was sent meanwhile. And reading and writing, one after the other for many connections
 * instead of by turns, find more in the processor's caches.
 */
import type { Writable } from 'node:stream';

/** More than that does not wait, so that a limit for what waits in a connection means what the system does not take. */
const MAX_WAITING_BYTES = 8 * 1_024;
/** Connections that wait for each other: the first one's delay is bounded by the work for so many. */
const MAX_CONNECTIONS = 64;

let corked: Writable[] = [];
let isScheduled = false;

/** @returns to be called before each write to the connection */
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
  // Not by a scope: what was written before its end, the goodbye among it, goes out.
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
