/**
 * A local API on a Unix socket and a port of its own, with a device that is driven by notifications, and a client for it.
 */
import { mkdtempSync } from 'node:fs';
import { type IncomingMessage, request as send } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ConversationNotification } from '../../machines/conversation-context.ts';
import { PUSH_TO_TALK } from '../../src/core/contracts/index.ts';
import { type Clock, systemClock } from '../../src/core/time/clock.ts';
import type { CommandTarget } from '../../src/device/local-api/commands.ts';
import { type LocalApiOptions, startLocalApi } from '../../src/device/local-api/local-api-server.ts';
import { createLocalEvents } from '../../src/device/local-api/local-events.ts';
import { inTime } from '../support/in-time.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { testScope } from '../support/test-scope.ts';

export const TOKEN = 't'.repeat(43);

export async function openApi(
  t: TestContext,
  {
    clock = systemClock,
    mute,
    say,
    ...options
  }: Partial<LocalApiOptions> & { clock?: Clock; mute?: CommandTarget['mute']; say?: CommandTarget['say'] } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-local-api-'));
  const events = createLocalEvents({ muted: false, volumePercent: 100, listening: PUSH_TO_TALK }, (error) =>
    assertNever(error),
  );
  const calls: string[] = [];
  const wanted: boolean[] = [];
  const call = (name: string) => () => void calls.push(name);
  const target: CommandTarget = {
    state: events.state,
    ...{ press: call('press'), release: call('release'), cancel: call('cancel') },
    mute: mute ?? ((muted) => events.set({ ...events.state(), muted })),
    say,
    listen: (change) => events.set({ ...events.state(), listening: { ...events.state().listening, ...change } }),
    setVolume: (volumePercent) => events.set({ ...events.state(), volumePercent }),
  };
  const scope = testScope(clock);
  const path = join(folder, 'api.sock');
  const api = await startLocalApi(
    {
      socket: { path },
      tcp: { port: 0, token: TOKEN },
      events,
      target,
      readMetrics: async () => ['# HELP x y', '# TYPE x gauge', 'x 1'],
      onLevelsWanted: (value) => wanted.push(value),
      ...options,
    },
    scope,
  );
  t.after(async () => {
    scope.end();
    await removeFolder(folder);
  });
  const note = (notification: ConversationNotification) => events.note(notification);
  const enter = (state: 'idle' | 'recording' | 'streaming' | 'playing', turn: number) =>
    note({ type: 'state.entered', state, turn });
  return { api, path, port: api.port ?? 0, events, calls, wanted, note, enter, folder, end: () => scope.end() };
}

function assertNever(error: unknown): never {
  throw error;
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown> & { error?: { code: string; message: string; hint: string } };
}

export type Where = { socketPath: string } | { port: number };

export interface Request {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** One request; resolves with its answer. */
export function ask(where: Where, path: string, { method = 'GET', headers = {}, body }: Request = {}): Promise<Answer> {
  const answer = new Promise<Answer>((resolve, reject) => {
    const request = send({ host: '127.0.0.1', ...where, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (block: string) => {
        text += block;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
  return inTime(answer, `the answer to ${method} ${path}`);
}

export interface StreamedEvent {
  event: string;
  id?: number;
  data: Record<string, unknown>;
}

/** A client of the event stream. */
export interface EventClient {
  response: IncomingMessage;
  /** The next event; of this type, if one is named. */
  next(type?: string): Promise<StreamedEvent>;
  close(): void;
}

export function follow(where: Where, path = '/v1/events', headers: Record<string, string> = {}): Promise<EventClient> {
  const answer = new Promise<EventClient>((resolve, reject) => {
    const request = send({ host: '127.0.0.1', ...where, path, headers, agent: false }, (response) => {
      const events: StreamedEvent[] = [];
      let waiting: (() => void) | undefined;
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (block: string) => {
        const blocks = (rest + block).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const each of blocks) {
          const event = parse(each);
          if (event) events.push(event);
        }
        waiting?.();
      });
      response.on('error', () => {});
      response.on('close', () => waiting?.());
      resolve({
        response,
        async next(type) {
          for (;;) {
            const at = events.findIndex(({ event }) => type === undefined || event === type);
            if (at >= 0) return events.splice(0, at + 1).at(-1) as StreamedEvent;
            if (response.closed) throw new Error(`the stream has ended without ${type}`);
            const more = new Promise<void>((wake) => {
              waiting = wake;
            });
            await inTime(more, `an event ${type ?? ''}`);
          }
        },
        close: () => request.destroy(),
      });
    });
    request.on('error', reject);
    request.end();
  });
  return inTime(answer, `the events of ${path}`);
}

function parse(block: string): StreamedEvent | undefined {
  const fields = Object.fromEntries(
    block.split('\n').map((line) => {
      const at = line.indexOf(': ');
      return [line.slice(0, at), line.slice(at + 2)];
    }),
  );
  if (fields.event === undefined) return undefined;
  return {
    event: fields.event,
    ...(fields.id !== undefined && { id: Number(fields.id) }),
    data: JSON.parse(fields.data ?? '{}'),
  };
}
