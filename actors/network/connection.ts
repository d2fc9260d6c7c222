/**
 * One connection to the gateway, from dialling to its end: hello and welcome, and why it ended.
 */

import type { Scope } from '../../src/core/actor/scope.ts';
import { EarshotError } from '../../src/core/errors.ts';
import {
  CLOSE_NORMAL,
  CLOSE_REPLACED,
  CLOSE_REVOKED,
  CLOSE_TRY_AGAIN_LATER,
  CLOSE_UNSUPPORTED,
  type DeviceMessage,
  decodeGatewayMessage,
  type GatewayMessage,
  type Hello,
} from '../../src/protocol/control.ts';
import { checkPacket } from '../../src/protocol/packet.ts';
import { KeepAlive } from './keep-alive.ts';
import { type Fault, MAX_FAULTS, MessageSocket } from './message-socket.ts';
import { PAIR_AGAIN } from './pair-again.ts';
import type { RoundTrip } from './round-trip.ts';
import type { Dial } from './socket.ts';

export type Welcome = Extract<GatewayMessage, { type: 'welcome' }>;

export interface ConnectionHandlers {
  onWelcome(welcome: Welcome): void;
  /** All but welcome, pong and goaway. */
  onMessage(message: GatewayMessage): void;
  /** A packet that was checked. The bytes are valid during the call only. */
  onPacket(packet: Uint8Array): void;
  onRoundTrip(roundTrip: RoundTrip): void;
  /** The gateway asks the device to connect elsewhere, after a random part of `spreadMs`. Called once. */
  onGoAway(spreadMs: number): void;
  /** Called once. `retryable` is false where another attempt soon would fail as well. */
  onClosed(error: EarshotError, retryable: boolean): void;
}

export interface Connection {
  send(message: DeviceMessage): void;
  sendPacket(bytes: Uint8Array): void;
  /** The gateway has sent `welcome`. */
  readonly isOpen: boolean;
  readonly bufferedBytes: number;
  /** What to add to a time of the gateway's clock to get one of this device's clock; 0 until it is measured. */
  readonly clockOffsetMs: number;
  /** The gateway has asked the device to connect elsewhere: no delivery begins any more. */
  readonly isGoingAway: boolean;
  /** The gateway has sent something that the protocol does not allow. */
  fault(reason: string): void;
  /** In a turn a dead connection is detected sooner. */
  setInTurn(inTurn: boolean): void;
  close(reason: string): void;
}

type ConnectionState =
  /** Dialled. `hello` is sent when the socket opens. A device that is being paired stays in this state. */
  | { readonly status: 'opening' }
  /** The gateway has sent `welcome`. Owns the pings and what they have measured. */
  | { readonly status: 'open'; readonly keepAlive: KeepAlive };

/** Why a connection ends. */
interface Ending {
  error: EarshotError;
  retryable: boolean;
}

export function openConnection(dial: Dial, hello: Hello, handlers: ConnectionHandlers, scope: Scope): Connection {
  return new GatewayConnection(dial, hello, handlers, scope);
}

class GatewayConnection implements Connection {
  isGoingAway = false;
  readonly #socket: MessageSocket<DeviceMessage, GatewayMessage>;
  readonly #handlers: ConnectionHandlers;
  readonly #scope: Scope;
  #state: ConnectionState = { status: 'opening' };
  #inTurn = false;
  /** The reason, where this end knows more than the close of the socket says. */
  #ending: Ending | undefined;

  constructor(dial: Dial, hello: Hello, handlers: ConnectionHandlers, scope: Scope) {
    const { log } = scope;
    this.#handlers = handlers;
    this.#scope = scope;
    this.#socket = new MessageSocket<DeviceMessage, GatewayMessage>({
      open: dial,
      decode: decodeGatewayMessage,
      listener: {
        maxFaults: MAX_FAULTS,
        onOpen: () => this.send(hello),
        onMessage: (message) => this.#receive(message),
        onUnknown: (reason) => log.debug('message of a later version ignored', { reason }),
        onPacket(bytes) {
          const error = checkPacket(bytes);
          if (!error) handlers.onPacket(bytes);
          return error;
        },
        onFault: (fault) => this.#onFault(fault),
        onClose: (code, reason, error) => this.#onClose(code, reason, error),
      },
      scope,
    });
  }

  get isOpen(): boolean {
    return this.#state.status === 'open';
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  get clockOffsetMs(): number {
    return this.#state.status === 'open' ? this.#state.keepAlive.clockOffsetMs : 0;
  }

  send(message: DeviceMessage): void {
    this.#socket.send(message);
  }

  sendPacket(bytes: Uint8Array): void {
    this.#socket.sendPacket(bytes);
  }

  fault(reason: string): void {
    this.#socket.fault('protocol_error', reason);
  }

  setInTurn(inTurn: boolean): void {
    if (this.#inTurn === inTurn) return;
    this.#inTurn = inTurn;
    if (this.#state.status === 'open') this.#state.keepAlive.setInTurn(inTurn);
  }

  close(reason: string): void {
    if (this.#state.status === 'open') this.send({ type: 'bye', reason });
    this.#socket.close(CLOSE_NORMAL, reason);
  }

  #receive(message: GatewayMessage): void {
    switch (message.type) {
      case 'welcome':
        return this.#onWelcome(message);
      case 'pong':
        return this.#state.status === 'open' ? this.#state.keepAlive.onPong(message) : undefined;
      case 'goaway':
        return this.#onGoAway(message);
      case 'error':
        this.#onError(message);
    }
    this.#handlers.onMessage(message);
  }

  #onWelcome(welcome: Welcome): void {
    if (this.#state.status === 'open') return this.fault('a second welcome');
    const keepAlive = new KeepAlive({
      socket: this.#socket,
      clock: this.#scope.clock,
      inTurn: this.#inTurn,
      onRoundTrip: this.#handlers.onRoundTrip,
      onDead: (silentMs) => this.#onDead(silentMs),
    });
    this.#state = { status: 'open', keepAlive };
    this.#handlers.onWelcome(welcome);
  }

  #onGoAway({ spreadMs = 0 }: Extract<GatewayMessage, { type: 'goaway' }>): void {
    if (this.isGoingAway || this.#state.status !== 'open') return;
    this.isGoingAway = true;
    this.#handlers.onGoAway(spreadMs);
  }

  #onError({ code, message, turn, retryable }: Extract<GatewayMessage, { type: 'error' }>): void {
    if (turn !== undefined) return;
    this.#scope.log.warn('the gateway reports an error', { code, error: message });
    if (retryable) return;
    const error =
      code === 'unsupported_protocol'
        ? new EarshotError(code, `The gateway speaks another version: ${message}`, 'Update the older one of both.')
        : new EarshotError('gateway_refused', `The gateway refuses: ${message}`, 'See its log.');
    this.#ending = { error, retryable: false };
  }

  #onFault({ reason, count, isLast }: Fault): void {
    this.#scope.log.warn('the gateway sent something that is not of the protocol', { reason, faults: count });
    if (!isLast) return;
    const message = `The gateway violates the protocol: ${reason}`;
    const error = new EarshotError('protocol_error', message, 'Is it an Earshot gateway?');
    this.#ending = { error, retryable: true };
  }

  #onDead(silentMs: number): void {
    const message = `Nothing was received from the gateway for ${(silentMs / 1_000).toFixed(1)} s`;
    const error = new EarshotError('link_dead', message, 'The connection is made again by itself.');
    this.#ending = { error, retryable: true };
    this.#socket.terminate();
  }

  #onClose(code: number, reason: string, cause: EarshotError | undefined): void {
    const { error, retryable } = this.#ending ?? endingOf(code, reason, cause);
    // A connection that replaces this one is the one that the gateway has asked for.
    const isMoved = this.isGoingAway && code === CLOSE_REPLACED;
    this.#handlers.onClosed(error, retryable || isMoved);
  }
}

function endingOf(code: number, reason: string, error: EarshotError | undefined): Ending {
  if (error) return { error, retryable: error.code !== 'gateway_refused' && error.code !== 'token_refused' };
  if (code === CLOSE_REPLACED) {
    const message = 'Another connection of the same device took over';
    const hint = 'Give each device its own name (--name).';
    return { error: new EarshotError('connection_replaced', message, hint), retryable: false };
  }
  if (code === CLOSE_REVOKED) {
    const message = `The gateway refuses this device: ${reason || 'its token is not valid'}`;
    return { error: new EarshotError('token_refused', message, PAIR_AGAIN), retryable: false };
  }
  if (code === CLOSE_TRY_AGAIN_LATER) {
    const message = `The gateway takes no connection now: ${reason || 'it is busy'}`;
    return { error: new EarshotError('gateway_busy', message, 'It is tried again by itself.'), retryable: true };
  }
  const message = `The gateway closed the connection (${code}${reason ? `: ${reason}` : ''})`;
  const closed = new EarshotError('gateway_closed', message, 'It is made again by itself.');
  return { error: closed, retryable: code !== CLOSE_UNSUPPORTED };
}
