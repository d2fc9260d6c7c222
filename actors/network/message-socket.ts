/**
 * A WebSocket of the protocol, for both ends: it encodes and decodes JSON messages, has packets checked, counts faults, and measures
 * inactivity. It owns the socket, the time since the last message, and the number of faults.
 *
 * The listener may change while the connection lasts: at the gateway the handshake listens first, then the pairing or a session.
 */

import type { Scope } from '../../src/core/actor/scope.ts';
import type { EarshotError } from '../../src/core/errors.ts';
import { createInactivity, type Inactivity } from '../../src/core/time/inactivity.ts';
import { CLOSE_PROTOCOL_ERROR, type DecodedMessage } from '../../src/protocol/control.ts';
import type { PacketError } from '../../src/protocol/packet.ts';
import type { AcceptSocket, Dial, Socket } from './socket.ts';

/** The fault with which either end closes a connection (docs/protocol.md, "Faults"). */
export const MAX_FAULTS = 5;

/** The other end has sent something that the protocol does not allow. */
export interface Fault {
  /** As in docs/protocol.md, "Faults". */
  code: string;
  reason: string;
  /** Faults on this connection so far, this one included. */
  count: number;
  /** The connection is closed after this one. */
  isLast: boolean;
}

export interface MessageListener<Received> {
  /** Number of the fault with which the connection is closed. */
  readonly maxFaults: number;
  /** A dialled socket is open. */
  onOpen?(): void;
  onMessage(message: Received): void;
  /** A message of a type that this version does not know: not a fault. */
  onUnknown?(reason: string): void;
  /** @returns the error of an invalid packet, which counts as a fault. The bytes are valid during the call only. */
  onPacket(bytes: Uint8Array): PacketError | undefined;
  /** After the last fault the socket is closed with 1002, unless the listener has closed it. */
  onFault(fault: Fault): void;
  /** Called once, and last. */
  onClose(code: number, reason: string, error?: EarshotError): void;
}

export interface MessageSocketOptions<Received> {
  open: Dial | AcceptSocket;
  decode: (text: string) => DecodedMessage<Received>;
  listener: MessageListener<Received>;
  scope: Scope;
  /** Called when the connection has ended, after the listener. */
  onEnd?: () => void;
}

export class MessageSocket<Sent extends object, Received> {
  /** Time since the last message of the other end. */
  readonly silence: Inactivity;
  readonly #socket: Socket;
  readonly #decode: (text: string) => DecodedMessage<Received>;
  #listener: MessageListener<Received>;
  // Guarded by the scope of the current listener. Only one guard is in the path of a packet.
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

  /** Replaces the listener, which runs in its own scope. The count of faults starts again. */
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

  /** Counts a fault. */
  fault(code: string, reason: string): void {
    if (this.#isClosing) return;
    this.#faults += 1;
    const isLast = this.#faults >= this.#listener.maxFaults;
    this.#listener.onFault({ code, reason, count: this.#faults, isLast });
    if (isLast) this.close(CLOSE_PROTOCOL_ERROR, 'protocol error');
  }

  /** Messages that still arrive are ignored. */
  close(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#socket.close(code, reason);
  }

  /** Closes the connection without a close frame. */
  terminate(): void {
    this.#socket.terminate();
  }

  /**
   * Drops the connection after a crash of its scope, in which nothing is called any more: the listener is notified
   * here.
   */
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
