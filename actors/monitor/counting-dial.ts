/**
 * Counts the bytes of messages that pass a socket, whoever dials.
 */
import type { Dial } from '../network/socket.ts';

export interface ByteCount {
  sent: number;
  received: number;
}

export function countingDial(dial: Dial, count: ByteCount): Dial {
  return (handlers) => {
    const socket = dial({
      ...handlers,
      onText(text) {
        count.received += Buffer.byteLength(text);
        handlers.onText(text);
      },
      onBinary(bytes) {
        count.received += bytes.length;
        handlers.onBinary(bytes);
      },
    });
    return {
      sendText(text) {
        count.sent += Buffer.byteLength(text);
        socket.sendText(text);
      },
      sendBinary(bytes) {
        count.sent += bytes.length;
        socket.sendBinary(bytes);
      },
      get bufferedBytes() {
        return socket.bufferedBytes;
      },
      close: (code, reason) => socket.close(code, reason),
      terminate: () => socket.terminate(),
    };
  };
}
