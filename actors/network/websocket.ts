/**
 * WebSockets of the library `ws`: one that a device dials, and one that a gateway has accepted.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Scope } from '../../src/core/actor/scope.ts';
import { EarshotError, systemCode } from '../../src/core/errors.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { CLOSE_POLICY, MAX_MESSAGE_BYTES, STREAM_PATH, SUBPROTOCOL } from '../../src/protocol/control.ts';
import { type LimitedReader, limitedReader, type ReadLimits } from '../../src/server/limited-reader.ts';
import { limitedSender } from '../../src/server/limited-sender.ts';
import { createReading, type Reading } from '../../src/server/reading.ts';
import { readWholeMessages, type WholeMessageReceiver } from '../../src/server/whole-messages.ts';
import { coalescing } from './coalesce.ts';
import { pathOf } from './gateway-address.ts';
import { PAIR_AGAIN } from './pair-again.ts';
import type { Dial, Socket, SocketHandlers } from './socket.ts';

const HANDSHAKE_TIMEOUT_MS = 4_000;

/** Where a device connects to, and as whom. */
export interface DialOptions {
  /** As `parseGateway` returns it. The path of the protocol is added. */
  gateway: URL;
  /** Called at each attempt: a device may get its token while it runs. */
  token?: () => string | undefined;
}

/** Connects to a gateway by WebSocket, once each time that it is called. */
export function dialer({ gateway, token }: DialOptions): Dial {
  return (handlers, scope) => {
    const { guard } = scope;
    const address = pathOf(gateway, STREAM_PATH);
    const bearer = token?.();
    const socket = new WebSocket(address, SUBPROTOCOL, {
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      ...(bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } }),
    });
    let error: EarshotError | undefined;
    const onRefused = (_request: ClientRequest, response: IncomingMessage) => {
      error = refused(gateway, response.statusCode ?? 0);
      // A listener for this event has to end the attempt itself.
      socket.terminate();
    };
    let beforeWrite = () => {};
    const onUpgrade = ({ socket: connection }: IncomingMessage) => {
      beforeWrite = coalescing(connection);
    };
    socket.on('upgrade', guard(onUpgrade));
    socket.on('open', guard(handlers.onOpen));
    socket.on('unexpected-response', guard(onRefused));
    return adopt(
      socket,
      {
        ...handlers,
        onClose: (code, reason, cause) => handlers.onClose(code, reason, error ?? cause),
      },
      scope,
      { explain: (cause) => unreachable(gateway, cause), beforeWrite: () => beforeWrite() },
    );
  };
}

export interface AdoptOptions {
  /** Bytes that may wait for the other end to read them; beyond that the connection is dropped (`send_buffer_full`). */
  maxUnreadBytes?: number;
  /** Messages of each kind that it may send in a minute, pings and pongs of WebSocket included. */
  readLimits?: ReadLimits;
  /** At a server without compression: the TCP connection below the WebSocket. Reading and writing it directly costs less. */
  connection?: Duplex;
  /** Called before each message, with its length. */
  beforeWrite?: (bytes: number) => void;
  /** Converts an error of the connection. */
  explain?: (cause: Error) => EarshotError;
}

/** Wraps an open (or opening) WebSocket of `ws`. */
export function adopt(socket: WebSocket, handlers: SocketHandlers, scope: Scope, options: AdoptOptions = {}): Socket {
  return new AdoptedSocket(socket, handlers, scope, options);
}

/** A class whose fields are all that a packet needs, instead of a closure for each step: each packet of each stream comes through here. */
class AdoptedSocket implements Socket, WholeMessageReceiver {
  readonly sendText: (text: string) => void;
  readonly sendBinary: (bytes: Uint8Array) => void;
  readonly #socket: WebSocket;
  readonly #connection: Duplex | undefined;
  readonly #handlers: SocketHandlers;
  readonly #reading: Reading;
  readonly #reader: LimitedReader;
  readonly #maxTexts: number;
  #error: EarshotError | undefined;
  #isClosing = false;

  constructor(
    socket: WebSocket,
    handlers: SocketHandlers,
    { guard, clock }: Scope,
    {
      maxUnreadBytes = DEFAULT_LIMITS.unreadBytes,
      readLimits = DEFAULT_LIMITS,
      connection,
      beforeWrite,
      explain = brokenConnection,
    }: AdoptOptions,
  ) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#reading = createReading(socket);
    this.#reader = limitedReader(this.#reading, readLimits, clock);
    this.#maxTexts = readLimits.controlMessages;
    const onError = (cause: Error) => {
      this.#error ??= explain(cause);
    };
    const onClose = (code: number, reason: Buffer) => {
      this.#reader.stop();
      handlers.onClose(code, reason.toString('utf8'), this.#error);
    };
    const onControlFrame = () => this.#onControlFrame();
    socket.binaryType = 'nodebuffer';
    socket.on(
      'message',
      guard((data: Buffer, isBinary: boolean): void => this.#onMessage(data, isBinary)),
    );
    this.#connection = connection;
    if (connection) readWholeMessages(connection, socket, this);
    socket.on('ping', guard(onControlFrame));
    socket.on('pong', guard(onControlFrame));
    socket.on('error', guard(onError));
    socket.on('close', guard(onClose));
    const send = limitedSender(socket, {
      maxUnreadBytes,
      reading: this.#reading,
      ...(connection && { connection }),
      ...(beforeWrite && { beforeWrite }),
      onDropped: (unreadBytes) => {
        this.#error ??= unread(unreadBytes);
      },
    });
    this.sendText = send;
    this.sendBinary = send;
  }

  get bufferedBytes(): number {
    return this.#connection?.writableLength ?? this.#socket.bufferedAmount;
  }

  setReading(isReading: boolean): void {
    if (isReading) this.#reading.release('busy');
    else this.#reading.hold('busy');
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState === WebSocket.CONNECTING) return this.#socket.terminate();
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#socket.close(code, reason);
    this.#reading.end();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    // Messages between a close and its answer are ignored.
    if (this.#isClosing) return;
    if (!this.#reader.count(isBinary)) this.#closeFlood();
    // A Uint8Array, because the `slice` of a Buffer does not copy.
    else if (isBinary) this.#handlers.onBinary(new Uint8Array(data.buffer, data.byteOffset, data.length));
    else this.#handlers.onText(data.toString('utf8'));
  }

  /** Not guarded: its handler is, by the scope of who listens. */
  onWholeMessage(content: Uint8Array): void {
    if (this.#isClosing) return;
    this.#reader.count(true);
    this.#handlers.onBinary(content);
  }

  /** Pings and pongs of WebSocket itself: they cost as much as messages, and may come between the fragments of a message. */
  #onControlFrame(): void {
    if (this.#reader.count(false)) return;
    if (this.#isClosing) this.#reading.stop();
    else this.#closeFlood();
  }

  /**
   * Nothing more is read, not even the answer to the close, which would come after all other pending messages. `ws`
   * stops waiting for it by itself.
   */
  #closeFlood(): void {
    this.#error ??= tooMany(this.#maxTexts);
    this.#isClosing = true;
    this.#socket.close(CLOSE_POLICY, 'too many messages');
    this.#reading.stop();
  }
}

function unreachable(gateway: URL, cause: Error): EarshotError {
  const reasons: Record<string, string> = {
    ECONNREFUSED: 'connection refused',
    ENOTFOUND: 'no such host',
    EAI_AGAIN: 'the name cannot be looked up now',
    ETIMEDOUT: 'it does not answer',
    ENETUNREACH: 'there is no network',
    EHOSTUNREACH: 'there is no route to it',
    ECONNRESET: 'it reset the connection',
  };
  const reason = reasons[systemCode(cause) ?? ''] ?? cause.message;
  return new EarshotError(
    'gateway_unreachable',
    `The gateway ${gateway.host} cannot be reached: ${reason}`,
    'Check --gateway, and that the gateway runs (earshot gateway).',
    { cause },
  );
}

function brokenConnection(cause: Error): EarshotError {
  return new EarshotError('gateway_closed', `The connection failed: ${cause.message}`, 'It is made again by itself.', {
    cause,
  });
}

function unread(bytes: number): EarshotError {
  const message = `The other end does not read: ${Math.round(bytes / 1_024)} KiB are queued for it`;
  return new EarshotError('send_buffer_full', message, 'The connection was dropped; the other end may make it again.');
}

function tooMany(limit: number): EarshotError {
  const message = `The other end sent more than ${limit} control messages in a minute`;
  return new EarshotError('protocol_error', message, 'It does not implement this protocol, or it has a fault.');
}

/** What a gateway, or a balancer in front of it, answers when it takes no connection for the moment. */
const BUSY = new Set([429, 502, 503, 504]);

function refused(gateway: URL, status: number): EarshotError {
  if (BUSY.has(status)) {
    const message = `The gateway ${gateway.host} takes no connection now (HTTP ${status})`;
    return new EarshotError('gateway_busy', message, 'It is tried again by itself.');
  }
  const hint =
    status === 401 || status === 403
      ? `Its token is wrong, revoked or too old. ${PAIR_AGAIN}`
      : `Is ${gateway.host} an Earshot gateway? Check --gateway.`;
  return new EarshotError('gateway_refused', `The gateway refused the connection (HTTP ${status})`, hint);
}
