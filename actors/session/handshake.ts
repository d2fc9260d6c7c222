/**
 * The handshake of a connection at the gateway: waits for `hello`, checks it, and passes the connection to a session, a
 * new one or the one that the device resumes, or to the pairing. Each connection has its own scope: an exception in it
 * ends this connection only.
 */

import { createScope, type Scope } from '../../src/core/actor/scope.ts';
import { messageOf } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import {
  CLOSE_INTERNAL_ERROR,
  CLOSE_POLICY,
  CLOSE_UNSUPPORTED,
  type DeviceMessage,
  decodeDeviceMessage,
  type GatewayMessage,
  PROTOCOL_VERSION,
} from '../../src/protocol/control.ts';
import { MessageSocket } from '../network/message-socket.ts';
import type { AcceptSocket } from '../network/socket.ts';

export type DeviceHello = Extract<DeviceMessage, { type: 'hello' }>;

/** The connection of a device after its hello. */
export interface DeviceSocket {
  /** The new owner of the connection receives its messages from then on. */
  socket: MessageSocket<GatewayMessage, DeviceMessage>;
  hello: DeviceHello;
  /** The scope of the connection: it ends with it. */
  scope: Scope;
}

export interface HandshakeOptions {
  clock: Clock;
  log: Log;
  /** How long the handshake waits for a hello; Infinity: without limit. */
  helloMs: number;
}

export function receiveHello(
  accept: AcceptSocket,
  { clock, log, helloMs }: HandshakeOptions,
  onHello: (device: DeviceSocket) => void,
): void {
  const scope = createScope('a connection', { clock, log, onCrash });
  const giveUp = () => socket.close(CLOSE_POLICY, 'no hello');
  const timeout = helloMs === Number.POSITIVE_INFINITY ? undefined : scope.clock.setTimeout(giveUp, helloMs);
  const socket = new MessageSocket<GatewayMessage, DeviceMessage>({
    open: accept,
    decode: decodeDeviceMessage,
    listener: {
      // Before the hello, the first fault closes the connection.
      maxFaults: 1,
      onMessage,
      onPacket() {
        refuse(CLOSE_POLICY, 'hello_expected', 'audio before hello');
        return undefined;
      },
      onFault: ({ code, reason }) => refuse(CLOSE_POLICY, code, reason),
      onClose: () => scope.clock.clearTimeout(timeout),
    },
    scope,
    onEnd: () => scope.end(),
  });

  function onMessage(message: DeviceMessage): void {
    if (message.type === 'bye') return;
    if (message.type !== 'hello') return refuse(CLOSE_POLICY, 'hello_expected', `${message.type} before hello`);
    if (message.protocol !== PROTOCOL_VERSION) {
      return refuse(CLOSE_UNSUPPORTED, 'unsupported_protocol', `protocol ${message.protocol} is not supported`);
    }
    scope.clock.clearTimeout(timeout);
    onHello({ socket, hello: message, scope });
  }

  function refuse(closeCode: number, code: string, message: string): void {
    const supported = closeCode === CLOSE_UNSUPPORTED ? { supported: [PROTOCOL_VERSION] } : {};
    socket.send({ type: 'error', code, message, retryable: false, ...supported });
    socket.close(closeCode, code);
  }

  function onCrash(error: unknown): void {
    log.error('a connection failed and is closed', { error: messageOf(error) });
    socket.abandon(CLOSE_INTERNAL_ERROR, 'internal error');
  }
}
