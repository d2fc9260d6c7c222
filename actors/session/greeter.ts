/**
 * Greets a connection: waits for its hello, checks it, and hands socket and hello on to a session, a new one or the one that
 * the device wants to go on with.
 */
import type { Clock } from '../../src/clock.ts';
import {
  CLOSE_POLICY,
  CLOSE_UNSUPPORTED,
  type DeviceMessage,
  decodeDeviceMessage,
  type GatewayMessage,
  PROTOCOL_VERSION,
} from '../../src/protocol/control.ts';
import type { Socket, SocketHandlers } from '../network/socket.ts';

export type Hello = Extract<DeviceMessage, { type: 'hello' }>;

export interface GreetedSocket {
  socket: Socket;
  hello: Hello;
  /** Who hears the socket from now on. */
  listen(handlers: SocketHandlers): void;
}

export interface GreeterOptions {
  clock: Clock;
  /** For how long a hello is waited for; Infinity: for ever. */
  helloMs: number;
}

export function greet(
  accept: (handlers: SocketHandlers) => Socket,
  { clock, helloMs }: GreeterOptions,
  onGreeted: (greeted: GreetedSocket) => void,
): void {
  const giveUp = () => socket.close(CLOSE_POLICY, 'no hello');
  const timeout = helloMs === Number.POSITIVE_INFINITY ? undefined : clock.setTimeout(giveUp, helloMs);
  const tell = (message: GatewayMessage) => socket.sendText(JSON.stringify(message));
  const refuse = (closeCode: number, code: string, message: string) => {
    const supported = closeCode === CLOSE_UNSUPPORTED ? { supported: [PROTOCOL_VERSION] } : {};
    tell({ type: 'error', code, message, retryable: false, ...supported });
    socket.close(closeCode, code);
  };

  let handlers: SocketHandlers = {
    onText(text) {
      const decoded = decodeDeviceMessage(text);
      if (!decoded.ok) {
        if (decoded.kind === 'invalid') refuse(CLOSE_POLICY, 'message_invalid', decoded.reason);
        return;
      }
      const { message } = decoded;
      if (message.type === 'bye') return;
      if (message.type !== 'hello') return refuse(CLOSE_POLICY, 'hello_expected', `${message.type} before hello`);
      if (message.protocol !== PROTOCOL_VERSION) {
        return refuse(CLOSE_UNSUPPORTED, 'unsupported_protocol', `protocol ${message.protocol} is not spoken here`);
      }
      clock.clearTimeout(timeout);
      onGreeted({
        socket,
        hello: message,
        listen(next) {
          handlers = next;
        },
      });
    },
    onBinary: () => refuse(CLOSE_POLICY, 'hello_expected', 'audio before hello'),
    onClose: () => clock.clearTimeout(timeout),
  };

  const socket = accept({
    onText: (text) => handlers.onText(text),
    onBinary: (bytes) => handlers.onBinary(bytes),
    onClose: (code, reason, error) => handlers.onClose(code, reason, error),
  });
}
