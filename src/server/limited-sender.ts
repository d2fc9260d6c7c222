/**
 * What is written to a WebSocket, within a limit: an end that does not read gets nothing more into this one's memory.
 */
import type { Writable } from 'node:stream';
import { WebSocket } from 'ws';
import { serverFrame } from './frames.ts';
import { createReading, type Reading } from './reading.ts';

export interface SenderLimit {
  /** Bytes that may wait for the other end to read them; a message beyond that drops the connection. Infinity: no limit. */
  maxUnreadBytes: number;
  /**
   * From so many on nothing is read from it either, so that an end that only sends cannot make this one answer into memory.
   * Default: half of the limit.
   */
  pauseBytes?: number;
  /** It was dropped. */
  onDropped?: (unreadBytes: number) => void;
  /** Where somebody else stops reading, too. */
  reading?: Reading;
  /** At a server without compression, the connection below the WebSocket: messages are written to it at less cost. */
  connection?: Writable;
  /** Told before each message how long it is. */
  beforeWrite?: (bytes: number) => void;
}

export type Send = (message: string | Uint8Array) => void;

/** @returns a way to send that does nothing once the connection is not open any more */
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

  function write(message: string | Uint8Array, bytes: number, onWritten: (() => void) | undefined): void {
    if (connection) connection.write(serverFrame(message, bytes), onWritten);
    else socket.send(message, { binary: typeof message !== 'string' }, onWritten);
  }

  function hold(): void {
    isHeld = true;
    reading.hold('unread');
  }

  function resumeReading(): void {
    if (!isHeld || socket.bufferedAmount > pauseBytes / 2) return;
    isHeld = false;
    reading.release('unread');
  }

  return (message) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    const bytes = typeof message === 'string' ? Buffer.byteLength(message) : message.length;
    const unread = socket.bufferedAmount + bytes;
    if (unread > maxUnreadBytes) {
      onDropped?.(socket.bufferedAmount);
      socket.terminate();
      return;
    }
    // Asked for only where somebody waits for it: a callback for each message costs something.
    const isMuch = unread > pauseBytes;
    beforeWrite?.(bytes);
    write(message, bytes, isMuch || isHeld ? resumeReading : undefined);
    if (isMuch && socket.bufferedAmount > pauseBytes) hold();
  };
}
