/**
 * The connected pages. Each has a limited share of memory: a page that reads too slowly gets no lines until it has caught up, then the number
 * of lines that it missed and the current state; a page that does not read at all is disconnected.
 */
import type { WebSocket } from 'ws';
import type { Clock } from '../../core/time/clock.ts';
import { CLOSE_GOING_AWAY, CLOSE_TRY_AGAIN_LATER } from '../../protocol/control.ts';
import { type EntryLog, HISTORY_LIMIT_BYTES } from './entry-log.ts';

/** How long lines are collected into one message. A sample ends a batch at once. */
const BATCH_MS = 150;
/** A page with more unsent bytes than this gets no lines until fewer than CAUGHT_UP_BYTES are left. */
const BEHIND_BYTES = 4 * 1_024 * 1_024;
export const CAUGHT_UP_BYTES = 64 * 1_024;
/** A page that does not answer, or does not read, for this long is disconnected. */
const SILENT_MS = 30_000;
const PING_MS = 10_000;
export const MAX_PAGE_CLIENTS = 8;
/** A page with more unsent bytes is disconnected: room for its history, its lines and answers to its commands. */
export const MAX_UNREAD_BYTES = 2 * (HISTORY_LIMIT_BYTES + BEHIND_BYTES);

export interface PageClients {
  add(socket: WebSocket, greeting: object): void;
  count(): number;
  /** Lines that were not sent to slow pages. */
  dropped(): number;
  close(): void;
}

interface PageClient {
  socket: WebSocket;
  missed: number;
  lastAliveMs: number;
  /** Since when it has been too slow. */
  behindSinceMs: number | undefined;
}

export function createPageClients(entryLog: EntryLog, clock: Clock): PageClients {
  const clients = new Set<PageClient>();
  let batch: string[] = [];
  let batchTimer: unknown;
  let pingTimer: unknown;
  let unfollow: (() => void) | undefined;
  let droppedInAll = 0;

  /** Without a page nothing is collected. */
  function follow(): void {
    unfollow ??= entryLog.follow((line, { k }) => {
      batch.push(line);
      if (k === 'sample') flush();
      else batchTimer ??= clock.setTimeout(flush, BATCH_MS);
    });
    pingTimer ??= clock.setTimeout(ping, PING_MS);
  }

  function stop(): void {
    unfollow?.();
    unfollow = undefined;
    clock.clearTimeout(batchTimer);
    clock.clearTimeout(pingTimer);
    batchTimer = undefined;
    pingTimer = undefined;
    batch = [];
  }

  function flush(): void {
    clock.clearTimeout(batchTimer);
    batchTimer = undefined;
    if (batch.length === 0) return;
    const lines = batch.length;
    const text = `[${batch.join(',')}]`;
    batch = [];
    for (const client of clients) deliver(client, text, lines);
  }

  function deliver(client: PageClient, text: string, lines: number): void {
    const { socket } = client;
    const waiting = socket.bufferedAmount;
    if (client.behindSinceMs !== undefined) {
      if (waiting > CAUGHT_UP_BYTES) {
        client.missed += lines;
        droppedInAll += lines;
        return;
      }
      client.behindSinceMs = undefined;
      socket.send(JSON.stringify({ k: 'behind', missed: client.missed + lines }));
      socket.send(`[${entryLog.now().join(',')}]`);
      client.missed = 0;
    } else if (waiting > BEHIND_BYTES) {
      client.behindSinceMs = clock.now();
      client.missed = lines;
      droppedInAll += lines;
    } else socket.send(text);
  }

  function ping(): void {
    pingTimer = clock.setTimeout(ping, PING_MS);
    const now = clock.now();
    for (const { socket, lastAliveMs, behindSinceMs = now } of clients) {
      if (now - lastAliveMs > SILENT_MS || now - behindSinceMs > SILENT_MS) socket.terminate();
      else socket.ping();
    }
  }

  return {
    add(socket, greeting) {
      if (clients.size >= MAX_PAGE_CLIENTS) return socket.close(CLOSE_TRY_AGAIN_LATER, 'too many pages are open');
      // Lines collected until now are in its history.
      flush();
      const client: PageClient = { socket, missed: 0, lastAliveMs: clock.now(), behindSinceMs: undefined };
      clients.add(client);
      follow();
      const onAlive = () => {
        client.lastAliveMs = clock.now();
      };
      socket.on('pong', onAlive);
      socket.on('message', onAlive);
      socket.on('close', () => {
        clients.delete(client);
        if (clients.size === 0) stop();
      });
      socket.send(JSON.stringify(greeting));
      socket.send(`[${entryLog.history().join(',')}]`);
    },
    count: () => clients.size,
    dropped: () => droppedInAll,
    close() {
      stop();
      for (const { socket } of clients) socket.close(CLOSE_GOING_AWAY, 'going away');
    },
  };
}
