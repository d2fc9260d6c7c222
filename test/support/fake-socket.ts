/**
 * A socket whose peer is the test.
 */
import type { Dial, SocketHandlers } from '../../actors/network/socket.ts';
import type { EarshotError } from '../../src/core/errors.ts';

export interface FakeSocket {
  handlers: SocketHandlers & { onOpen(): void };
  texts: { type: string; [field: string]: unknown }[];
  packets: Uint8Array[];
  bufferedBytes: number;
  closed: { code: number; reason: string } | undefined;
  terminated: boolean;
  /** The peer sends a message. */
  say(message: object): void;
  end(code: number, reason?: string, error?: EarshotError): void;
}

export function fakeDial(): { dial: Dial; sockets: FakeSocket[]; last(): FakeSocket } {
  const sockets: FakeSocket[] = [];
  const dial: Dial = (handlers) => {
    const socket: FakeSocket = {
      handlers,
      texts: [],
      packets: [],
      bufferedBytes: 0,
      closed: undefined,
      terminated: false,
      say: (message) => handlers.onText(JSON.stringify(message)),
      end: (code, reason = '', error) => handlers.onClose(code, reason, error),
    };
    sockets.push(socket);
    return {
      sendText: (text) => socket.texts.push(JSON.parse(text)),
      sendBinary: (bytes) => socket.packets.push(bytes.slice()),
      get bufferedBytes() {
        return socket.bufferedBytes;
      },
      setReading() {},
      close(code, reason) {
        socket.closed = { code, reason };
      },
      terminate() {
        socket.terminated = true;
        handlers.onClose(1_006, '');
      },
    };
  };
  return {
    dial,
    sockets,
    last() {
      const socket = sockets.at(-1);
      if (!socket) throw new Error('nothing was dialled');
      return socket;
    },
  };
}
