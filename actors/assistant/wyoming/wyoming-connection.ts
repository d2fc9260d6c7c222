/** A connection to a Wyoming server: for one request, because many servers serve no more. */
import { connect, type Socket } from 'node:net';
import { badAnswer, providerFailed, unreachable, wrongSettings } from '../parts/errors.ts';
import { WyomingError, type WyomingEvent, type WyomingMessage, WyomingReader, writeEvent } from './wyoming-events.ts';

/** The port of a server whose address names none: that of wyoming-faster-whisper. */
const DEFAULT_PORT = 10_300;

export interface WyomingServer {
  host: string;
  port: number;
  /** For people, e.g. `wyoming at 192.168.1.5:10300`. */
  provider: string;
  /** Of one event. */
  maxEventBytes: number;
}

/** @throws AssistantError `assistant_config` */
export function wyomingServer(url: string | undefined, maxEventBytes: number): WyomingServer {
  const hint = 'Write its address as url: tcp://HOST:PORT.';
  if (url === undefined) throw wrongSettings('A Wyoming server has no address', hint);
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== 'tcp:' || hostname === '')
    throw wrongSettings(`${url} is not the address of a Wyoming server`, hint);
  const host = hostname.replace(/^\[|\]$/g, '');
  const number = port === '' ? DEFAULT_PORT : Number(port);
  return { host, port: number, provider: `wyoming at ${hostname}:${number}`, maxEventBytes };
}

export interface WyomingConnection {
  send(message: WyomingMessage): void;
  /** What the server sends, once. @throws AssistantError the connection failed, or what came is not Wyoming */
  events: AsyncIterable<WyomingEvent>;
  close(): void;
}

/** Does not throw: a failure is that of `events`. */
export function connectWyoming(server: WyomingServer, signal: AbortSignal): WyomingConnection {
  const socket = connect({ host: server.host, port: server.port, signal, noDelay: true });
  // `events` reports it; nobody may be reading them.
  // biome-ignore lint/plugin: it cannot throw
  socket.on('error', () => {});
  return {
    send: (message) => void (socket.writable && socket.write(writeEvent(message))),
    events: eventsOf(socket, server),
    close: () => socket.destroy(),
  };
}

async function* eventsOf(socket: Socket, { provider, maxEventBytes }: WyomingServer): AsyncGenerator<WyomingEvent> {
  const reader = new WyomingReader(maxEventBytes);
  try {
    for await (const chunk of socket) {
      for (const event of reader.push(chunk as Buffer)) {
        if (event.type === 'error') throw providerFailed(provider, 'it reports an error');
        yield event;
      }
    }
  } catch (error) {
    if (error instanceof WyomingError) throw badAnswer(provider, error.message, { cause: error });
    throw isOfSocket(error) ? unreachable(provider, error) : error;
  } finally {
    socket.destroy();
  }
}

function isOfSocket(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

/** The connection ended before the answer did. */
export function endedEarly(provider: string): Error {
  return unreachable(provider, Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
}
