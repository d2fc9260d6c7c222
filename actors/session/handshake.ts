/**
 * The handshake of a connection: waits for its hello, checks it, and hands socket and hello on to a session, a new one or the one that
 * the device wants to go on with. Each connection has a scope of its own: what goes wrong in it ends that connection.
 */

import { createScope, guardEach, type Scope } from '../../src/core/actor/scope.ts';
import { messageOf } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import {
  CLOSE_INTERNAL_ERROR,
  CLOSE_POLICY,
  CLOSE_UNSUPPORTED,
  decodeDeviceMessage,
  type GatewayMessage,
  type Hello,
  PROTOCOL_VERSION,
} from '../../src/protocol/control.ts';
import type { AcceptSocket, Socket, SocketHandlers } from '../network/socket.ts';

export interface DeviceSocket {
  socket: Socket;
  hello: Hello;
  /** The connection's: it ends with it. */
  scope: Scope;
  /** Who hears the socket from now on, in a scope of its own. */
  listen(handlers: SocketHandlers): void;
}

export interface HandshakeOptions {
  clock: Clock;
  log: Log;
  /** For how long a hello is waited for; Infinity: for ever. */
  helloMs: number;
}

export function receiveHello(
  accept: AcceptSocket,
  { log, helloMs, ...options }: HandshakeOptions,
  onHello: (connected: DeviceSocket) => void,
): void {
  const scope = createScope('a connection', { clock: options.clock, log, onCrash });
  const { clock } = scope;
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
      onHello({
        socket,
        hello: message,
        scope,
        listen(next) {
          handlers = next;
          // Without a detour: it would be on the way of each packet.
          Object.assign(guarded, { onText: next.onText, onBinary: next.onBinary });
        },
      });
    },
    onBinary: () => refuse(CLOSE_POLICY, 'hello_expected', 'audio before hello'),
    onClose: () => clock.clearTimeout(timeout),
  };

  const guarded = guardEach<SocketHandlers>(
    {
      ...handlers,
      onClose(code, reason, error) {
        handlers.onClose(code, reason, error);
        scope.end();
      },
    },
    scope,
  );
  const socket = accept(guarded, scope);

  function onCrash(error: unknown): void {
    log.error('a connection failed and is dropped', { error: messageOf(error) });
    handlers.onClose(CLOSE_INTERNAL_ERROR, 'internal error');
    socket.terminate();
  }
}
