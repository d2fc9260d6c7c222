/**
 * The pages that watch. Each has a bounded share of the process's memory: one that does not keep up is left out of what
 * happens meanwhile, told how much it missed and brought up to date when it has caught up; one that stands still is dropped.
 */
import type { WebSocket } from 'ws';
import type { Clock } from '../../core/time/clock.ts';
import { CLOSE_GOING_AWAY, CLOSE_TRY_AGAIN_LATER } from '../../protocol/control.ts';
import { type EntryLog, HISTORY_LIMIT_BYTES } from './entry-log.ts';

/** How long lines are gathered: what is seen at once is sent at once. A sample ends a batch: it comes in a flock by itself. */
const BATCH_MS = 150;
/** Bytes that may wait for a page before it is left out, and that must be left before it is let in again. */
const BEHIND_BYTES = 4 * 1_024 * 1_024;
export const CAUGHT_UP_BYTES = 64 * 1_024;
/** A page that does not answer, or takes nothing, for this long is gone. */
const SILENT_MS = 30_000;
const PING_MS = 10_000;
export const MAX_PAGE_CLIENTS = 8;
/** Beyond that a page is dropped: its history, what may wait for it, and answers to its commands. */
export const MAX_UNREAD_BYTES = 2 * (HISTORY_LIMIT_BYTES + BEHIND_BYTES);

export interface PageClients {
  add(socket: WebSocket, greeting: object): void;
  count(): number;
  /** Lines that pages were left out of. */
  dropped(): number;
  close(): void;
}

interface PageClient {
  socket: WebSocket;
  missed: number;
  heardAtMs: number;
  /** Since when it has been left out. */
  behindSinceMs: number | undefined;
}

export function createPageClients(entryLog: EntryLog, clock: Clock): PageClients {
  const clients = new Set<PageClient>();
  let batch: string[] = [];
  let batchTimer: unknown;
  let pingTimer: unknown;
  let unfollow: (() => void) | undefined;
  let droppedInAll = 0;

  /** Nothing is gathered while nobody watches. */
  function follow(): void {
    unfollow ??= entryLog.follow((line, { k }) => {
      batch.push(line);
      if (k === 'sample') flush();
      else batchTimer ??= clock.setTimeout(flush, BATCH_MS);
    });
    pingTimer ??= clock.setTimeout(ping, PING_MS);
  }

  function rest(): void {
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
    for (const { socket, heardAtMs, behindSinceMs = now } of clients) {
      if (now - heardAtMs > SILENT_MS || now - behindSinceMs > SILENT_MS) socket.terminate();
      else socket.ping();
    }
  }

  return {
    add(socket, greeting) {
      if (clients.size >= MAX_PAGE_CLIENTS) return socket.close(CLOSE_TRY_AGAIN_LATER, 'too many pages are open');
      // What was gathered before it came is in its history.
      flush();
      const client: PageClient = { socket, missed: 0, heardAtMs: clock.now(), behindSinceMs: undefined };
      clients.add(client);
      follow();
      const hear = () => {
        client.heardAtMs = clock.now();
      };
      socket.on('pong', hear);
      socket.on('message', hear);
      socket.on('close', () => {
        clients.delete(client);
        if (clients.size === 0) rest();
      });
      socket.send(JSON.stringify(greeting));
      socket.send(`[${entryLog.history().join(',')}]`);
    },
    count: () => clients.size,
    dropped: () => droppedInAll,
    close() {
      rest();
      for (const { socket } of clients) socket.close(CLOSE_GOING_AWAY, 'going away');
    },
  };
}
