/**
 * The interface of a WebSocket, real or simulated, for the device and the gateway. The callbacks of a socket run in the scope that its
 * user passes.
 */

import type { Scope } from '../../src/core/actor/scope.ts';
import type { EarshotError } from '../../src/core/errors.ts';

export interface SocketHandlers {
  onText(text: string): void;
  /**
   * The bytes do not change any more. They may be part of a larger buffer, which stays in memory as long as they are
   * referenced.
   */
  onBinary(bytes: Uint8Array): void;
  /** Called once and last, whichever end closed, and also if the connection was never made. */
  onClose(code: number, reason: string, error?: EarshotError): void;
}

export interface Socket {
  sendText(text: string): void;
  /** The bytes are read during the call only. */
  sendBinary(bytes: Uint8Array): void;
  /** Bytes accepted and not yet given to the operating system. */
  readonly bufferedBytes: number;
  /** Stops and resumes reading. While it is stopped, the other end has to wait. */
  setReading(isReading: boolean): void;
  /** Closes with a close frame. `onClose` follows. */
  close(code: number, reason: string): void;
  /** Closes without a close frame. `onClose` follows. */
  terminate(): void;
}

/** Opens a connection. `onOpen` is called before all other handlers, or never. */
export type Dial = (handlers: SocketHandlers & { onOpen(): void }, scope: Scope) => Socket;

/** Accepts a connection that a device has opened. */
export type AcceptSocket = (handlers: SocketHandlers, scope: Scope) => Socket;
