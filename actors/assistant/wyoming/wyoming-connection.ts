/** A connection to a Wyoming server: for one request, because many servers serve no more. */
import { WyomingError, type WyomingEvent } from '../../../src/core/wyoming/wyoming-events.ts';
import {
  openWyomingSocket,
  type WyomingAddress,
  type WyomingSocket,
  wyomingAddress,
} from '../../../src/core/wyoming/wyoming-socket.ts';
import { badAnswer, providerFailed, unreachable, wrongSettings } from '../parts/errors.ts';

/** The port of a server whose address names none: that of wyoming-faster-whisper. */
const DEFAULT_PORT = 10_300;

export interface WyomingServer extends WyomingAddress {
  /** For people, e.g. `wyoming at 192.168.1.5:10300`. */
  provider: string;
  /** Of one event. */
  maxEventBytes: number;
}

/** @throws AssistantError `assistant_config` */
export function wyomingServer(url: string | undefined, maxEventBytes: number): WyomingServer {
  const hint = 'Write its address as url: tcp://HOST:PORT.';
  if (url === undefined) throw wrongSettings('A Wyoming server has no address', hint);
  const address = wyomingAddress(url, DEFAULT_PORT);
  if (!address) throw wrongSettings(`${url} is not the address of a Wyoming server`, hint);
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return { ...address, provider: `wyoming at ${host}:${address.port}`, maxEventBytes };
}

/** Its `events` throw AssistantError: the connection failed, or what came is not Wyoming. */
export type WyomingConnection = Pick<WyomingSocket, 'send' | 'events' | 'close'>;

/** Does not throw: a failure is that of `events`. */
export function connectWyoming(server: WyomingServer, signal: AbortSignal): WyomingConnection {
  const { send, close, events } = openWyomingSocket(server, server.maxEventBytes, signal);
  return { send, close, events: eventsOf(events, server.provider) };
}

async function* eventsOf(events: AsyncIterable<WyomingEvent>, provider: string): AsyncGenerator<WyomingEvent> {
  try {
    for await (const event of events) {
      if (event.type === 'error') throw providerFailed(provider, 'it reports an error');
      yield event;
    }
  } catch (error) {
    if (error instanceof WyomingError) throw badAnswer(provider, error.message, { cause: error });
    throw isOfSocket(error) ? unreachable(provider, error) : error;
  }
}

function isOfSocket(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

/** The connection ended before the answer did. */
export function endedEarly(provider: string): Error {
  return unreachable(provider, Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
}
