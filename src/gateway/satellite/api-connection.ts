/**
 * A client's connection to ESPHome's native API, which one device has at this gateway: the handshake, and messages in both directions. What a client sends wrong
 * costs its own connection.
 */
import type { Socket } from 'node:net';
import { createScope } from '../../core/actor/scope.ts';
import { messageOf } from '../../core/errors.ts';
import { FrameError } from '../../core/esphome/frames.ts';
import {
  type ApiMessage,
  decodeMessage,
  encodeMessage,
  type Fields,
  MESSAGES,
  type MessageName,
} from '../../core/esphome/messages.ts';
import { NoiseError } from '../../core/esphome/noise.ts';
import { ProtobufError } from '../../core/esphome/protobuf.ts';
import type { ApiWire } from '../../core/esphome/wire.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';

/** From the connection to its HelloRequest. */
const HELLO_MS = 10_000;
/** Home Assistant sends a ping every 20 s. */
const SILENCE_MS = 90_000;
/** What a client has not read. Home Assistant reads 32,000 bytes of speech a second. */
const MAX_UNREAD_BYTES = 1_048_576;

export interface ApiConnectionOptions {
  socket: Socket;
  wire: (send: (bytes: Uint8Array) => void) => ApiWire;
  /** The first is a HelloRequest. */
  onMessage(message: ApiMessage): void;
  /** Once. */
  onClosed(): void;
  clock: Clock;
  log: Log;
}

export interface ApiConnection {
  /** For people: the client's address. */
  readonly address: string;
  /** After the end it has no effect. */
  send<Name extends MessageName>(name: Name, fields?: Partial<Fields<Name>>): void;
  /** Sends what was sent, then closes. */
  end(): void;
}

export function openApiConnection(options: ApiConnectionOptions): ApiConnection {
  const { socket, clock, onMessage, onClosed } = options;
  const address = socket.remoteAddress ?? '';
  const log = options.log;
  const scope = createScope('a connection of Home Assistant', {
    ...{ clock, log },
    onCrash(error) {
      log.error('a connection of Home Assistant failed', { address, error: messageOf(error) });
      socket.destroy();
      onClosed();
    },
  });
  let isOver = false;
  let hasHello = false;
  const wire = options.wire(write);
  scope.clock.setTimeout(() => {
    if (!hasHello) drop('it did not say hello in time');
  }, HELLO_MS);
  let silence: unknown;

  function drop(reason: string): void {
    if (isOver) return;
    log.warn('a connection of Home Assistant was closed', { address, reason });
    close();
    // What was written in answer, the reason in the handshake, still arrives.
    socket.end();
    scope.end();
  }

  /** Nothing more is received. */
  function close(): void {
    if (isOver) return;
    isOver = true;
    onClosed();
  }

  function write(bytes: Uint8Array): void {
    if (isOver) return;
    if (socket.writableLength > MAX_UNREAD_BYTES) {
      socket.destroy();
      return drop('it does not read what it is sent');
    }
    socket.write(bytes);
  }

  function heed(): void {
    scope.clock.clearTimeout(silence);
    silence = scope.clock.setTimeout(() => drop('it was silent for too long'), SILENCE_MS);
  }

  function receive(chunk: Buffer): void {
    if (isOver) return;
    heed();
    try {
      for (const { id, body } of wire.receive(chunk)) {
        const message = decodeMessage(id, body);
        if (message && !isOver) take(message);
      }
    } catch (error) {
      if (!(error instanceof FrameError || error instanceof NoiseError || error instanceof ProtobufError)) throw error;
      drop(error.message);
    }
  }

  function take(message: ApiMessage): void {
    if (!hasHello && message.type !== 'HelloRequest') return drop('it did not say hello first');
    hasHello = true;
    onMessage(message);
  }

  socket.setNoDelay(true);
  socket.on('data', scope.guard(receive));
  // A socket that fails is closed, too.
  socket.on(
    'error',
    scope.guard((error: Error) => log.debug('a connection of Home Assistant broke', { error: error.message })),
  );
  socket.on('close', () => {
    close();
    scope.end();
  });

  return {
    address,
    send(name, fields = {}) {
      if (isOver) return;
      const bytes = wire.encode({ id: MESSAGES[name].id, body: encodeMessage(name, fields) });
      if (bytes) write(bytes);
    },
    end() {
      close();
      socket.end();
    },
  };
}
