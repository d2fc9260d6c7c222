/**
 * Limits what waits to be written to a WebSocket, so that a client that does not read cannot fill memory.
 */
import type { Writable } from 'node:stream';
import { WebSocket } from 'ws';
import { serverFrame } from './frames.ts';
import { createReading, type Reading } from './reading.ts';

export interface SenderLimit {
  /** Bytes that may wait. A message above that drops the connection. Infinity: no limit. */
  maxUnreadBytes: number;
  /**
   * Above this the connection is not read either, so that a client that only sends cannot cause answers that wait in memory.
   * Default: half of the limit.
   */
  pauseBytes?: number;
  /** Called when the connection was dropped. */
  onDropped?: (unreadBytes: number) => void;
  /** Shared with other code that pauses reading. */
  reading?: Reading;
  /** At a server without compression: the TCP connection of the WebSocket. Writing to it directly is cheaper. */
  connection?: Writable;
  /** Told before each message how long it is. */
  beforeWrite?: (bytes: number) => void;
}

export type Send = (message: string | Uint8Array) => void;

/** @returns a send function that does nothing when the connection is closed */
export function limitedSender(
  socket: WebSocket,
  {
    maxUnreadBytes,
    pauseBytes = maxUnreadBytes / 2,
    onDropped,
    reading = createReading(socket),
    connection,
    beforeWrite,
  }: SenderLimit,
): Send {
  let isHeld = false;
  // Asking the connection touches fewer objects.
  const unreadBytes = () => connection?.writableLength ?? socket.bufferedAmount;

  function write(message: string | Uint8Array, bytes: number, onWritten: (() => void) | undefined): void {
    if (connection) connection.write(serverFrame(message, bytes), onWritten);
    else socket.send(message, { binary: typeof message !== 'string' }, onWritten);
  }

  function hold(): void {
    isHeld = true;
    reading.hold('unread');
  }

  function resumeReading(): void {
    if (!isHeld || unreadBytes() > pauseBytes / 2) return;
    isHeld = false;
    reading.release('unread');
  }

  return (message) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    const bytes = typeof message === 'string' ? Buffer.byteLength(message) : message.length;
    const unread = unreadBytes() + bytes;
    if (unread > maxUnreadBytes) {
      onDropped?.(unreadBytes());
      socket.terminate();
      return;
    }
    // Only where it is needed: a callback for each message has a cost.
    const isMuch = unread > pauseBytes;
    beforeWrite?.(bytes);
    write(message, bytes, isMuch || isHeld ? resumeReading : undefined);
    if (isMuch && unreadBytes() > pauseBytes) hold();
  };
}
