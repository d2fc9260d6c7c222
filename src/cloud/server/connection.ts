/**
 * A WebSocket of a client as its session sees it: what it has not read yet is limited.
 */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { serverFrame } from '../../server/frames.ts';
import { limitedSender, type Send } from '../../server/limited-sender.ts';
import { createReading, type Reading } from '../../server/reading.ts';

/** What may wait for a client with a key to read it: the answers to its calls, of which Convex allows 16 MiB each. */
const MAX_ANSWER_BYTES = 32 * 1_024 * 1_024;

export interface SyncConnection {
  reading: Reading;
  send: Send;
  /** For what may be as long as it is, and is sent only to a client that has read all else. */
  sendWhole(text: string): void;
  /** It has not read what was sent. */
  readonly isBehind: boolean;
  /** Called once, when it has. */
  onceRead(act: () => void): void;
  readonly isOpen: boolean;
  close(code?: number, reason?: string): void;
  terminate(): void;
  /** It has shown a key: longer answers may wait for it. */
  proven(): void;
}

export function openSyncConnection(socket: WebSocket, stream: Socket, maxUnreadBytes: number): SyncConnection {
  const reading = createReading(socket);
  let isGathering = false;

  /** What is written in one turn of the event loop goes to the system together. */
  function gather(): void {
    if (isGathering) return;
    isGathering = true;
    stream.cork();
    setImmediate(writeGathered);
  }

  function writeGathered(): void {
    if (!isGathering) return;
    isGathering = false;
    stream.uncork();
  }

  const limited = (bytes: number) => limitedSender(socket, { maxUnreadBytes: bytes, reading, connection: stream });
  let send = limited(maxUnreadBytes);
  return {
    reading,
    send(message) {
      gather();
      send(message);
    },
    sendWhole(text) {
      if (socket.readyState !== socket.OPEN) return;
      gather();
      stream.write(serverFrame(text, Buffer.byteLength(text)));
    },
    get isBehind() {
      return stream.writableNeedDrain;
    },
    onceRead: (act) => void stream.once('drain', act),
    get isOpen() {
      return socket.readyState === socket.OPEN;
    },
    close(code, reason) {
      reading.end();
      socket.close(code, reason);
    },
    terminate() {
      writeGathered();
      socket.terminate();
    },
    proven() {
      send = limited(Math.max(maxUnreadBytes, MAX_ANSWER_BYTES));
    },
  };
}
