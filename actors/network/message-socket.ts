/**
 * A WebSocket that speaks the protocol, at either end: JSON messages, audio packets, and what is not of the protocol. It owns the
 * socket, how long nothing has been heard on it, and how many faults the other end has made.
 *
 * Who listens may change while the connection lasts: at the gateway first the handshake, then the pairing or a session.
 */

import type { Scope } from '../../src/core/actor/scope.ts';
import type { EarshotError } from '../../src/core/errors.ts';
import { createInactivity, type Inactivity } from '../../src/core/time/inactivity.ts';
import { CLOSE_PROTOCOL_ERROR, type DecodedMessage } from '../../src/protocol/control.ts';
import type { PacketError } from '../../src/protocol/packet.ts';
import type { AcceptSocket, Dial, Socket } from './socket.ts';

/** Faults in one connection with which either end gives the other one up (docs/protocol.md, "Faults"). */
export const MAX_FAULTS = 5;

/** A message that the protocol does not allow. */
export interface Fault {
  /** As in docs/protocol.md, "Faults". */
  code: string;
  reason: string;
  /** How many the other end has made, this one included. */
  count: number;
  /** The connection is closed after it. */
  isLast: boolean;
}

export interface MessageListener<Received> {
  /** The fault with which the connection is closed. */
  readonly maxFaults: number;
  /** A dialled socket is open. */
  onOpen?(): void;
  onMessage(message: Received): void;
  /** A message of a type that this version does not know. It is no fault. */
  onUnknown?(reason: string): void;
  /** @returns what is wrong with it, if it is no packet of the protocol: that is a fault. The bytes are lent for the call. */
  onPacket(bytes: Uint8Array): PacketError | undefined;
  /** At the last one a listener may close the socket in its own way; else it is closed with 1002. */
  onFault(fault: Fault): void;
  /** Once. Nothing follows. */
  onClose(code: number, reason: string, error?: EarshotError): void;
}

export interface MessageSocketOptions<Received> {
  open: Dial | AcceptSocket;
  decode: (text: string) => DecodedMessage<Received>;
  listener: MessageListener<Received>;
  scope: Scope;
  /** The connection is over, and the listener has been told. */
  onEnd?: () => void;
}

export class MessageSocket<Sent extends object, Received> {
  /** Time in which nothing was heard from the other end. */
  readonly silence: Inactivity;
  readonly #socket: Socket;
  readonly #decode: (text: string) => DecodedMessage<Received>;
  #listener: MessageListener<Received>;
  // Guarded in the scope of the listener, each anew when it changes: nothing else is on the way of a packet.
  #onText: (text: string) => void = () => {};
  #onBinary: (bytes: Uint8Array) => void = () => {};
  #onClose: (code: number, reason: string, error?: EarshotError) => void = () => {};
  #faults = 0;
  #isClosing = false;

  constructor({ open, decode, listener, scope, onEnd }: MessageSocketOptions<Received>) {
    this.silence = createInactivity(scope.clock);
    this.#decode = decode;
    this.#listener = listener;
    this.listen(listener, scope);
    const onOpen = () => {
      this.silence.reset();
      this.#listener.onOpen?.();
    };
    const onClose = (code: number, reason: string, error?: EarshotError) => {
      this.#isClosing = true;
      this.silence.stop();
      this.#onClose(code, reason, error);
      onEnd?.();
    };
    const handlers = {
      onOpen: scope.guard(onOpen),
      onText: (text: string) => this.#onText(text),
      onBinary: (bytes: Uint8Array) => this.#onBinary(bytes),
      onClose: scope.guard(onClose),
    };
    this.#socket = open(handlers, scope);
  }

  /** Hands what comes from now on to another listener, in its own scope. The faults are counted anew. */
  listen(listener: MessageListener<Received>, { guard }: Pick<Scope, 'guard'>): void {
    this.#listener = listener;
    this.#faults = 0;
    this.#onText = guard((text: string) => this.#receiveText(text));
    this.#onBinary = guard((bytes: Uint8Array) => this.#receiveBinary(bytes));
    this.#onClose = guard((code: number, reason: string, error?: EarshotError) =>
      listener.onClose(code, reason, error),
    );
  }

  send(message: Sent): void {
    this.#socket.sendText(JSON.stringify(message));
  }

  sendPacket(bytes: Uint8Array): void {
    this.#socket.sendBinary(bytes);
  }

  /** Bytes accepted and not yet given to the operating system. */
  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  setReading(isReading: boolean): void {
    this.#socket.setReading(isReading);
  }

  /** The other end has sent what it must not. */
  fault(code: string, reason: string): void {
    if (this.#isClosing) return;
    this.#faults += 1;
    const isLast = this.#faults >= this.#listener.maxFaults;
    this.#listener.onFault({ code, reason, count: this.#faults, isLast });
    if (isLast) this.close(CLOSE_PROTOCOL_ERROR, 'protocol error');
  }

  /** What still comes is ignored. */
  close(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#socket.close(code, reason);
  }

  /** Drops the connection without a word. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Drops the connection after a crash of its scope, in which nothing is called any more: the listener is told here. */
  abandon(code: number, reason: string): void {
    this.#isClosing = true;
    this.silence.stop();
    this.#onClose(code, reason);
    this.#socket.terminate();
  }

  #receiveText(text: string): void {
    if (this.#isClosing) return;
    this.silence.reset();
    const decoded = this.#decode(text);
    if (decoded.ok) this.#listener.onMessage(decoded.message);
    else if (decoded.kind === 'invalid') this.fault('message_invalid', decoded.reason);
    else this.#listener.onUnknown?.(decoded.reason);
  }

  #receiveBinary(bytes: Uint8Array): void {
    if (this.#isClosing) return;
    this.silence.reset();
    const error = this.#listener.onPacket(bytes);
    if (error) this.fault(error.code, error.message);
  }
}
