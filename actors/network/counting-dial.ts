/**
 * Counts the bytes of the messages that a dialled socket sends and receives.
 */
import type { Dial } from './socket.ts';

export interface ByteCount {
  sent: number;
  received: number;
}

export function countingDial(dial: Dial, count: ByteCount): Dial {
  return (handlers, scope) => {
    const counted: Parameters<Dial>[0] = {
      ...handlers,
      onText(text) {
        count.received += Buffer.byteLength(text);
        handlers.onText(text);
      },
      onBinary(bytes) {
        count.received += bytes.length;
        handlers.onBinary(bytes);
      },
    };
    const socket = dial(counted, scope);
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
      setReading: (isReading) => socket.setReading(isReading),
      close: (code, reason) => socket.close(code, reason),
      terminate: () => socket.terminate(),
    };
  };
}
