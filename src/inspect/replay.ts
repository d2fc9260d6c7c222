/**
 * A recording on the same page that shows what is live, with a slider for its time.
 */
import { basename } from 'node:path';
import { LATENCY_BUDGET_MS } from '../protocol/format.ts';
import { newToken } from './access.ts';
import type { Entry } from './entries.ts';
import type { Greeting } from './feed-messages.ts';
import type { Recording } from './recording.ts';
import { type PageServer, servePage } from './server.ts';

/** Entries in one message: the page draws between them. */
const CHUNK = 2_000;

export interface ReplayOptions {
  recording: Recording;
  path: string;
  port: number | undefined;
}

export function serveRecording({ recording, path, port }: ReplayOptions): Promise<PageServer> {
  const { entries, header } = recording;
  const shown = entries.map(withoutPackets);
  const greeting: Greeting = {
    k: 'hello',
    mode: 'replay',
    title: basename(path),
    software: header.software,
    now: header.startedAt,
    templates: {},
    budgetMs: LATENCY_BUDGET_MS,
    records: false,
    talks: false,
  };
  return servePage({
    host: '127.0.0.1',
    port,
    token: newToken(),
    onPage(socket) {
      socket.send(JSON.stringify(greeting));
      for (let at = 0; at < shown.length; at += CHUNK) socket.send(JSON.stringify(shown.slice(at, at + CHUNK)));
    },
  });
}

/** What was said is not for the page: it shows that it was. */
function withoutPackets(entry: Entry): Entry {
  if (entry.k !== 'packets') return entry;
  const bare = (heads: typeof entry.up) => heads.map((head) => head.slice(0, 5) as unknown as typeof head);
  return { ...entry, up: bare(entry.up), down: bare(entry.down) };
}
