/**
 * Pings and pongs of WebSocket itself, within a limit: each costs an answer or a look, and a fragment of a message keeps the whole
 * block in memory that it was read with, so a client that puts pongs between fragments would hold all of them.
 */
import type { WebSocket } from 'ws';
import { createTokenBucket } from '../core/limits/token-bucket.ts';

const MINUTE_MS = 60_000;

/** Beyond `perMinute` (Infinity: no limit) the connection is dropped. */
export function limitControlFrames(socket: WebSocket, perMinute: number): void {
  const allowance = createTokenBucket(perMinute, MINUTE_MS);
  const count = () => {
    if (!allowance.takeOne(performance.now())) socket.terminate();
  };
  socket.on('ping', count);
  socket.on('pong', count);
}
