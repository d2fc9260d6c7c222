/**
 * Sends the sound to a Wyoming server and waits for its detections. The connection is made again when it breaks.
 */
import type { Scope } from '../../src/core/actor/scope.ts';
import { messageOf } from '../../src/core/errors.ts';
import { backoffMs } from '../../src/core/time/backoff.ts';
import type { WyomingEvent } from '../../src/core/wyoming/wyoming-events.ts';
import type { WyomingSocket } from '../../src/core/wyoming/wyoming-socket.ts';
import { SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import type { WakeEngine } from '../listening/wake-engine.ts';

const FORMAT = { rate: SAMPLE_RATE_HZ, width: 2, channels: 1 };
const MS_PER_SAMPLE = 1_000 / SAMPLE_RATE_HZ;
/** 2 s of sound: a server that does not take it would hear too late. The connection is made again. */
const MOST_WAITING_BYTES = 2 * FORMAT.width * SAMPLE_RATE_HZ;
/** After such a gap the server begins anew, without the sound before it. */
const GAP_MS = 500;
const RECONNECT = { firstMs: 500, longestMs: 8_000 };
/** After so many connections in a row that did not last, in 24 s, it is told as a failure. */
const MOST_FAILURES = 6;
/** A connection that lasted so long was a good one. */
const LASTED_MS = 5_000;

interface Connection {
  socket: WyomingSocket;
  /** The time from which its timestamps count; undefined: no sound was sent. */
  baseAtMs: number | undefined;
}

export class WyomingListener implements WakeEngine {
  readonly #connect: (signal: AbortSignal) => WyomingSocket;
  readonly #names: { server: string; word: string | undefined };
  readonly #onWord: (word: string, endedAtMs: number) => void;
  readonly #scope: Scope;
  readonly #end = new AbortController();
  #connection: Connection | undefined;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  /** Sound that the server did not get. */
  #missedMs = 0;

  constructor(
    connect: (signal: AbortSignal) => WyomingSocket,
    names: { server: string; word: string | undefined },
    onWord: (word: string, endedAtMs: number) => void,
    scope: Scope,
  ) {
    this.#connect = connect;
    this.#names = names;
    this.#onWord = onWord;
    this.#scope = scope;
  }

  push(samples: Int16Array, lastSampleAtMs: number): void {
    const firstAtMs = lastSampleAtMs - (samples.length - 1) * MS_PER_SAMPLE;
    const isGap = firstAtMs - this.#lastAtMs > GAP_MS;
    this.#lastAtMs = lastSampleAtMs;
    const connection = this.#connection;
    if (!connection) {
      this.#missedMs += samples.length * MS_PER_SAMPLE;
      return;
    }
    const { socket } = connection;
    if (socket.waitingBytes() > MOST_WAITING_BYTES) {
      this.#scope.log.warn('the wake word server does not take the sound', { server: this.#names.server });
      this.#connection = undefined;
      socket.close();
      return;
    }
    if (connection.baseAtMs !== undefined && isGap) {
      socket.send({ type: 'audio-stop', data: { timestamp: Math.round(firstAtMs - connection.baseAtMs) } });
      connection.baseAtMs = undefined;
    }
    if (connection.baseAtMs === undefined) {
      connection.baseAtMs = firstAtMs;
      const { word } = this.#names;
      socket.send({ type: 'detect', data: word === undefined ? {} : { names: [word] } });
      socket.send({ type: 'audio-start', data: { ...FORMAT, timestamp: 0 } });
    }
    const timestamp = Math.round(firstAtMs - connection.baseAtMs);
    const payload = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    socket.send({ type: 'audio-chunk', data: { ...FORMAT, timestamp }, payload });
  }

  close(): void {
    this.#end.abort();
    this.#connection?.socket.close();
    this.#connection = undefined;
  }

  /** Resolves when it is closed, or with the reason why the server cannot be used any more. */
  async keepListening(): Promise<string | undefined> {
    const { clock, log } = this.#scope;
    const { server } = this.#names;
    for (let failures = 0; ; ) {
      const sinceMs = clock.now();
      const reason = await this.#listen();
      if (this.#end.signal.aborted) return undefined;
      failures = clock.now() - sinceMs >= LASTED_MS ? 1 : failures + 1;
      if (failures > MOST_FAILURES) return reason;
      const delayMs = backoffMs(failures, RECONNECT);
      log.warn('the wake word server was lost; it is tried again', { server, reason, delayMs });
      await new Promise<void>((resolve) => clock.setTimeout(resolve, delayMs));
      if (this.#end.signal.aborted) return undefined;
    }
  }

  /** One connection. Resolves with the reason for its end. */
  async #listen(): Promise<string> {
    const socket = this.#connect(this.#end.signal);
    const connection: Connection = { socket, baseAtMs: undefined };
    this.#connection = connection;
    if (this.#missedMs > 0) {
      this.#scope.log.info('the wake word server did not hear a part', { missedMs: Math.round(this.#missedMs) });
      this.#missedMs = 0;
    }
    try {
      for await (const event of socket.events) this.#handle(event, connection);
      return 'the connection was closed';
    } catch (error) {
      return messageOf(error);
    } finally {
      if (this.#connection === connection) this.#connection = undefined;
      socket.close();
    }
  }

  #handle({ type, data }: WyomingEvent, { baseAtMs }: Connection): void {
    if (type !== 'detection' || baseAtMs === undefined || this.#end.signal.aborted) return;
    const { name, timestamp } = data;
    const newest = this.#lastAtMs - baseAtMs;
    // The time of the sound in which it was found. Some servers send none, or that of another clock.
    const isOfSound = typeof timestamp === 'number' && timestamp >= 0 && timestamp <= newest;
    const endedAtMs = baseAtMs + (isOfSound ? timestamp : newest);
    this.#onWord(typeof name === 'string' && name !== '' ? name : (this.#names.word ?? 'wake word'), endedAtMs);
  }
}
