/** A TCP connection that carries events of Wyoming in both directions. */
import { connect } from 'node:net';
import { type WyomingEvent, type WyomingMessage, WyomingReader, writeEvent } from './wyoming-events.ts';

export interface WyomingAddress {
  host: string;
  port: number;
}

/** Of `tcp://HOST:PORT`, `tcp://HOST` and `tcp://[IPV6]:PORT`. Undefined: it is no such address. */
export function wyomingAddress(url: string, defaultPort: number): WyomingAddress | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== 'tcp:' || hostname === '') return undefined;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? defaultPort : Number(port) };
}

export interface WyomingSocket {
  send(message: WyomingMessage): void;
  /** Bytes that the other side has not taken yet. */
  waitingBytes(): number;
  /** What the other side sends, once. @throws the error of the socket; WyomingError: what came is not Wyoming */
  events: AsyncIterable<WyomingEvent>;
  close(): void;
}

/** Does not throw: a failure is that of `events`. `maxEventBytes`: of one event. */
export function openWyomingSocket(
  { host, port }: WyomingAddress,
  maxEventBytes: number,
  signal: AbortSignal,
): WyomingSocket {
  const socket = connect({ host, port, signal, noDelay: true });
  // `events` reports it; nobody may be reading them.
  socket.on('error', () => {});

  async function* events(): AsyncGenerator<WyomingEvent> {
    const reader = new WyomingReader(maxEventBytes);
    try {
      for await (const chunk of socket) yield* reader.push(chunk as Buffer);
    } finally {
      socket.destroy();
    }
  }

  return {
    send: (message) => void (socket.writable && socket.write(writeEvent(message))),
    waitingBytes: () => socket.writableLength,
    events: events(),
    close: () => socket.destroy(),
  };
}
