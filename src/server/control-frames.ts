/**
 * Limits the ping and pong frames of a WebSocket. Each costs some work. Also, a fragment of a message keeps the whole
 * block in memory that it was read with, so a client that sends pongs between fragments would keep many blocks.
 */
import type { WebSocket } from 'ws';
import { createTokenBucket } from '../core/limits/token-bucket.ts';

const MINUTE_MS = 60_000;

/** Above `perMinute` (Infinity: no limit) the connection is dropped. */
export function limitControlFrames(socket: WebSocket, perMinute: number): void {
  const allowance = createTokenBucket(perMinute, MINUTE_MS);
  const count = () => {
    if (!allowance.takeOne(performance.now())) socket.terminate();
  };
  socket.on('ping', count);
  socket.on('pong', count);
}
