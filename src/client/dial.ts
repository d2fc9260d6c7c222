/**
 * Connects to a gateway by the WebSocket of the standard (WHATWG), which browsers have, and of which the class of `ws` is one. It takes no
 * headers, so the token is a second sub-protocol.
 */
import { parseGateway, pathOf } from '../../actors/network/gateway-address.ts';
import type { Dial, Socket, SocketHandlers } from '../../actors/network/socket.ts';
import type { Scope } from '../core/actor/scope.ts';
import { EarshotError } from '../core/errors.ts';
import { BEARER_PROTOCOL, CLOSE_NORMAL, MAX_MESSAGE_BYTES, STREAM_PATH, SUBPROTOCOL } from '../protocol/control.ts';

/** The standard allows 1000 and these; others are for the browser itself. */
const FIRST_OWN_CLOSE_CODE = 3_000;
/** Longest reason of a close, in bytes of UTF-8, by RFC 6455. All reasons of this program are ASCII. */
const MAX_REASON = 123;
/** The connection ended without a close frame. */
const CLOSE_ABNORMAL = 1_006;

/** As much of the standard's WebSocket as is used. */
export interface StandardWebSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketClass = new (url: string, protocols: string[]) => StandardWebSocket;

export interface WebDialOptions {
  url: string;
  /** Read at each attempt. */
  token: () => string | undefined;
  /** Default: that of the platform. */
  WebSocket: WebSocketClass | undefined;
}

/** @throws EarshotError `usage` for an invalid address, and where there is no WebSocket */
export function streamDial({ url, token, WebSocket = ofPlatform() }: WebDialOptions): Dial {
  const address = streamAddress(url);
  return (handlers, scope) => {
    const bearer = token();
    const protocols = bearer === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, `${BEARER_PROTOCOL}${bearer}`];
    return new WebSocketOfPage(new WebSocket(address.href, protocols), address.host, handlers, scope);
  };
}

/** The stream of a gateway: `http` becomes `ws`, and the path is added where it is missing. */
export function streamAddress(url: string): URL {
  const gateway = parseGateway(url.replace(/^http(s?):/i, 'ws$1:'));
  return gateway.pathname.endsWith(STREAM_PATH) ? gateway : pathOf(gateway, STREAM_PATH);
}

function ofPlatform(): WebSocketClass {
  const { WebSocket } = globalThis as { WebSocket?: WebSocketClass };
  if (WebSocket) return WebSocket;
  const hint = 'Pass the class of the package ws: createClient({ WebSocket, … }).';
  throw new EarshotError('usage', 'This platform has no WebSocket', hint);
}

class WebSocketOfPage implements Socket {
  readonly #socket: StandardWebSocket;
  readonly #handlers: SocketHandlers;
  #error: EarshotError | undefined;
  #isClosed = false;

  constructor(
    socket: StandardWebSocket,
    host: string,
    handlers: SocketHandlers & { onOpen(): void },
    { guard, clock }: Scope,
  ) {
    this.#socket = socket;
    this.#handlers = handlers;
    let isOpen = false;
    socket.binaryType = 'arraybuffer';
    socket.onopen = guard(() => {
      isOpen = true;
      handlers.onOpen();
    });
    socket.onmessage = guard(({ data }: { data: string | ArrayBuffer }) => this.#receive(data));
    socket.onerror = guard((event: { message?: unknown }) => {
      if (!isOpen) this.#error ??= unreachable(host, event.message);
    });
    socket.onclose = guard(({ code, reason }: { code: number; reason: string }) => this.#end(code, reason));
    this.#onTerminate = () => void clock.setTimeout(() => this.#end(CLOSE_ABNORMAL, ''), 0);
  }

  readonly #onTerminate: () => void;

  sendText(text: string): void {
    this.#send(text);
  }

  sendBinary(bytes: Uint8Array): void {
    this.#send(bytes as Uint8Array<ArrayBuffer>);
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** The standard cannot stop reading, and a device never has to. */
  setReading(): void {}

  close(code: number, reason: string): void {
    this.#leave(code, reason);
  }

  /** The standard has no such method: the connection is left, and its end is not waited for. */
  terminate(): void {
    this.#leave(CLOSE_NORMAL, '');
    this.#onTerminate();
  }

  #send(data: string | Uint8Array<ArrayBuffer>): void {
    // A browser throws while the connection is being made, and ignores it after its end.
    if (!this.#isClosed) this.#socket.send(data);
  }

  #leave(code: number, reason: string): void {
    if (code === CLOSE_NORMAL || code >= FIRST_OWN_CLOSE_CODE) this.#socket.close(code, reason.slice(0, MAX_REASON));
    else this.#socket.close();
  }

  #receive(data: string | ArrayBuffer): void {
    // After a `terminate` the platform's socket may still be open.
    if (this.#isClosed) return;
    const bytes = typeof data === 'string' ? data.length : data.byteLength;
    if (bytes > MAX_MESSAGE_BYTES) {
      this.#error = new EarshotError('protocol_error', 'The gateway sent a message that is too long', 'Is it Earshot?');
      return this.terminate();
    }
    if (typeof data === 'string') this.#handlers.onText(data);
    else this.#handlers.onBinary(new Uint8Array(data));
  }

  #end(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handlers.onClose(code, reason, this.#error);
  }
}

/** @param told what the class of `ws` says; a browser says nothing */
function unreachable(host: string, told: unknown): EarshotError {
  if (String(told).endsWith(' 401')) {
    const message = 'The gateway does not accept the token of this device';
    return new EarshotError('token_refused', message, 'Pair the device again.');
  }
  const message = `The gateway ${host} cannot be reached${told ? `: ${told}` : ''}`;
  return new EarshotError('gateway_unreachable', message, 'Check the address, and that the gateway runs.');
}
