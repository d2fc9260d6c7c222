/**
 * What is written to a WebSocket, within a limit: an end that does not read gets nothing more into this one's memory.
 */
import { WebSocket } from 'ws';
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
}

export type Send = (message: string | Uint8Array) => void;

/** @returns a way to send that does nothing once the connection is not open any more */
export function limitedSender(
  socket: WebSocket,
  { maxUnreadBytes, pauseBytes = maxUnreadBytes / 2, onDropped, reading = createReading(socket) }: SenderLimit,
): Send {
  const resumeReading = () => {
    if (socket.bufferedAmount <= pauseBytes / 2) reading.release('unread');
  };
  return (message) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    const bytes = typeof message === 'string' ? Buffer.byteLength(message) : message.length;
    if (socket.bufferedAmount + bytes > maxUnreadBytes) {
      onDropped?.(socket.bufferedAmount);
      socket.terminate();
      return;
    }
    socket.send(message, { binary: typeof message !== 'string' }, resumeReading);
    if (socket.bufferedAmount > pauseBytes) reading.hold('unread');
  };
}
