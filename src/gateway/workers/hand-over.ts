/**
 * A connection on its way from the process that accepted it to the one that serves it.
 */
import type { Socket } from 'node:net';
import type { Handshake } from '../../server/handshakes.ts';

/** Accepted here, and paused. */
export interface Incoming {
  socket: Socket;
  source: string | undefined;
  /** What was read of it. */
  opening: Buffer;
  handshake: Handshake;
}

/**
 * Stops reading for good: what arrives from now on is for the process that gets the socket. A paused socket of Node goes on reading until
 * its buffer is full, and what it reads after the hand-over would be lost; Node has no public function for this.
 */
export function stopReading(socket: Socket): void {
  const { _handle: handle } = socket as unknown as { _handle?: { reading: boolean; readStop(): void } };
  if (!handle) return;
  handle.reading = false;
  handle.readStop();
}
