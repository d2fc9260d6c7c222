/**
 * Serves a recording on the inspector's page, with a slider for its time.
 */
import { basename } from 'node:path';
import type { WebSocket } from 'ws';
import type { Log } from '../../core/log/log.ts';
import { CLOSE_TRY_AGAIN_LATER } from '../../protocol/control.ts';
import { newToken } from './access.ts';
import type { Greeting } from './feed-messages.ts';
import type { FlightRecording } from './flight-recording.ts';
import { MAX_PAGE_CLIENTS } from './page-clients.ts';
import { type PageServer, servePage } from './server.ts';

/** Entries per message: the page draws between messages. */
const CHUNK = 2_000;

export interface ReplayOptions {
  recording: FlightRecording;
  path: string;
  port: number | undefined;
  log: Log;
}

export function serveFlightRecording({ recording, path, port, log }: ReplayOptions): Promise<PageServer> {
  const { entries, header } = recording;
  let pages = 0;
  const greeting: Greeting = {
    k: 'hello',
    mode: 'replay',
    title: basename(path),
    software: header.software,
    now: header.startedAt,
    templates: {},
    records: false,
    talks: false,
  };
  return servePage({
    host: '127.0.0.1',
    port,
    token: newToken(),
    log,
    onPage(socket) {
      if (pages === MAX_PAGE_CLIENTS) return socket.close(CLOSE_TRY_AGAIN_LATER, 'too many pages are open');
      pages += 1;
      socket.once('close', () => {
        pages -= 1;
      });
      socket.send(JSON.stringify(greeting));
      sendFrom(socket, 0);
    },
  });

  /** Sends a chunk when the page has read the one before, so that a page that does not read holds one. */
  function sendFrom(socket: WebSocket, at: number): void {
    if (at >= entries.length || socket.readyState !== socket.OPEN) return;
    socket.send(JSON.stringify(entries.slice(at, at + CHUNK)), (error) => error ?? sendFrom(socket, at + CHUNK));
  }
}
