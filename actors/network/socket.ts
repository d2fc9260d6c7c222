/**
 * The port to a WebSocket: what the network actor and the gateway's peer ask of one, whether the real thing or a simulated
 * one on a simulated clock. A socket runs in the scope of whoever uses it.
 */

import type { Scope } from '../../src/core/actor/scope.ts';
import type { EarshotError } from '../../src/core/errors.ts';

export interface SocketHandlers {
  onText(text: string): void;
  /** The bytes do not change any more. They may be a part of a larger piece of memory, which whoever keeps them keeps. */
  onBinary(bytes: Uint8Array): void;
  /** Called once, whoever closed, also when the connection never came about. Nothing follows. */
  onClose(code: number, reason: string, error?: EarshotError): void;
}

export interface Socket {
  sendText(text: string): void;
  /** The bytes are only lent for the call. */
  sendBinary(bytes: Uint8Array): void;
  /** Bytes accepted and not yet given to the operating system. */
  readonly bufferedBytes: number;
  /** Whether anything is read from it. Not, and the other end has to wait. */
  setReading(isReading: boolean): void;
  /** Says goodbye in the WebSocket's own way. `onClose` follows. */
  close(code: number, reason: string): void;
  /** Drops the connection without a word. `onClose` follows. */
  terminate(): void;
}

/** Dials. `onOpen` is called before any other handler, or never. */
export type Dial = (handlers: SocketHandlers & { onOpen(): void }, scope: Scope) => Socket;

/** Takes a connection that was made to us. */
export type AcceptSocket = (handlers: SocketHandlers, scope: Scope) => Socket;
