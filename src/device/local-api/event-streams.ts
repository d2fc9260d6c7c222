/**
 * The clients of `GET /v1/events`: server-sent events (WHATWG HTML §9.2). Each client has a limited share of memory: one that reads too
 * slowly misses events, first levels, and is told how many when it has caught up, with the current state. One that does not read at all is
 * disconnected.
 */
import type { ServerResponse } from 'node:http';
import type { Scope } from '../../core/actor/scope.ts';
import { EVENT_TYPES, type LocalEvent, type LocalEvents, type LocalEventType } from './local-events.ts';

export const MAX_STREAMS = 16;
/** A client with more unsent bytes gets no events until it has read all but CAUGHT_UP_BYTES. */
const BEHIND_BYTES = 64 * 1_024;
/** A client with more gets no levels: newer ones follow. */
const CAUGHT_UP_BYTES = 4 * 1_024;
/** A client that stays behind for this long is disconnected. */
const BEHIND_MS = 30_000;
/** A comment, so that a client and the proxies before it notice a lost connection. */
const KEEP_ALIVE_MS = 15_000;
/** How long a client should wait before it connects again. */
const RETRY_MS = 1_000;

export interface EventStreams {
  /** Sends the state and all events from now on. False: there are too many streams. */
  add(response: ServerResponse, types: ReadonlySet<LocalEventType>): boolean;
  stats(): { streams: number; refused: number; missed: number; dropped: number };
}

interface Stream {
  response: ServerResponse;
  types: ReadonlySet<LocalEventType>;
  missed: number;
  behindSinceMs: number | undefined;
}

export interface EventStreamsOptions {
  events: LocalEvents;
  /** The state that a client begins with. */
  readState: () => object;
  /** Called when the first client wants levels, and when the last one that did has left. */
  onLevelsWanted: (wanted: boolean) => void;
}

/** Runs until the end of its scope. */
export function createEventStreams(
  { events, readState, onLevelsWanted }: EventStreamsOptions,
  scope: Scope,
): EventStreams {
  const { clock, guard, onEnd } = scope;
  const streams = new Set<Stream>();
  let unsubscribe: (() => void) | undefined;
  let timer: unknown;
  let lastId = 0;
  let areLevelsWanted = false;
  const counts = { refused: 0, missed: 0, dropped: 0 };

  function publish(event: LocalEvent): void {
    lastId += 1;
    const { type, ...data } = event;
    const text = `event: ${type}\nid: ${lastId}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const stream of streams) if (stream.types.has(type)) deliver(stream, type, text);
  }

  function deliver(stream: Stream, type: LocalEventType, text: string): void {
    const { response } = stream;
    const unread = response.writableLength;
    if (stream.behindSinceMs !== undefined && unread <= CAUGHT_UP_BYTES) catchUp(stream);
    else if (unread > BEHIND_BYTES) stream.behindSinceMs ??= clock.now();
    const isMissed = stream.behindSinceMs !== undefined || (type === 'levels' && unread > CAUGHT_UP_BYTES);
    if (!isMissed) return void response.write(text);
    stream.missed += 1;
    counts.missed += 1;
  }

  function catchUp(stream: Stream): void {
    stream.behindSinceMs = undefined;
    stream.response.write(`event: missed\ndata: ${JSON.stringify({ events: stream.missed })}\n\n${snapshot()}`);
    stream.missed = 0;
  }

  const snapshot = () => `event: snapshot\nid: ${lastId}\ndata: ${JSON.stringify(readState())}\n\n`;

  function keepAlive(): void {
    timer = clock.setTimeout(keepAlive, KEEP_ALIVE_MS);
    for (const { response, behindSinceMs = clock.now() } of streams) {
      if (clock.now() - behindSinceMs < BEHIND_MS) {
        if (response.writableLength <= BEHIND_BYTES) response.write(': keep-alive\n\n');
        continue;
      }
      counts.dropped += 1;
      response.destroy();
    }
  }

  function updateLevels(): void {
    const wanted = [...streams].some(({ types }) => types.has('levels'));
    if (wanted === areLevelsWanted) return;
    areLevelsWanted = wanted;
    onLevelsWanted(wanted);
  }

  function leave(stream: Stream): void {
    if (!streams.delete(stream)) return;
    updateLevels();
    if (streams.size > 0) return;
    clock.clearTimeout(timer);
    unsubscribe?.();
    unsubscribe = undefined;
  }

  onEnd(() => {
    for (const { response } of streams) response.destroy();
    streams.clear();
    unsubscribe?.();
    updateLevels();
  });

  return {
    add(response, types) {
      if (streams.size >= MAX_STREAMS) {
        counts.refused += 1;
        return false;
      }
      const stream: Stream = { response, types, missed: 0, behindSinceMs: undefined };
      streams.add(stream);
      response.on(
        'close',
        guard(() => leave(stream)),
      );
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(`retry: ${RETRY_MS}\n\n${snapshot()}`);
      if (streams.size === 1) {
        unsubscribe = events.subscribe(guard(publish));
        timer = clock.setTimeout(keepAlive, KEEP_ALIVE_MS);
      }
      updateLevels();
      return true;
    },
    stats: () => ({ streams: streams.size, ...counts }),
  };
}

/** The types of `?types=state,turn`; without it all. Undefined: one is unknown. */
export function typesOf(list: string | null): ReadonlySet<LocalEventType> | undefined {
  if (list === null) return new Set(EVENT_TYPES);
  const named = list.split(',');
  const known = EVENT_TYPES.filter((type) => named.includes(type));
  return named.every((name) => (known as string[]).includes(name)) ? new Set(known) : undefined;
}
