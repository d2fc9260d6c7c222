/**
 * The sync sockets of the console, through the gateway: which are accepted, and when they end.
 */
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { Limits } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import { createOccasionalLog } from '../../core/log/occasional-log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { limitControlFrames } from '../../server/control-frames.ts';
import { type FrontDoor, timerMs } from '../../server/front-door.ts';
import type { HttpRoute, Upgrade } from '../../server/routes.ts';
import { createUnprovenBytes } from '../../server/unproven-bytes.ts';
import type { ApiPass } from './api-pass.ts';
import type { PageOrigins } from './page-origins.ts';
import type { SignInStore } from './sign-in-store.ts';
import { relaySync } from './sync-relay.ts';

/** `/api/1.48.0/sync`, with the version of Convex's client. */
const SYNC = /^\/api\/\d+\.\d+\.\d+(?:-[\w.]+)?\/sync$/;
/** What the cloud answers to one call: as much as Convex allows. */
const MAX_ANSWER_BYTES = 32 * 1_024 * 1_024;
/** How soon a session that is ended by a command is noticed. */
const SESSION_CHECK_MS = 5_000;
const CLOSE_GOING_AWAY = 1_001;
const CLOSE_POLICY_VIOLATION = 1_008;
const CLOSE_TRY_AGAIN_LATER = 1_013;

export interface ApiSocketsOptions {
  cloudUrl: () => Promise<string>;
  pass: ApiPass;
  store: SignInStore;
  origins: PageOrigins;
  refuse: FrontDoor['refuse'];
  limits: Limits;
  clock: Clock;
  log: Log;
}

export interface ApiSockets {
  routes: HttpRoute[];
  /** Ends the sockets of a session. */
  endSession(id: string): void;
  close(): void;
}

export function openApiSockets(options: ApiSocketsOptions): ApiSockets {
  const { cloudUrl, pass, store, origins, refuse, limits, clock, log } = options;
  const unproven = createUnprovenBytes(limits.cloudUnprovenBytes);
  const warnOccasionally = createOccasionalLog(log);
  /** Those that have shown a token, by session. */
  const proven = new Map<WebSocket, string>();
  let check: unknown;
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: limits.cloudCallBytes,
    maxFragments: limits.fragments,
    // @types/ws does not know it yet.
    ...{ closeTimeout: timerMs(limits.closeMs) },
  });

  function accept({ request, socket, head, ...visit }: Upgrade): void {
    if (!origins.isOurPage(request, visit)) {
      return refuse(socket, 403, { code: 'not_for_pages', error: 'only for this gateway’s pages' });
    }
    server.handleUpgrade(request, socket, head, (page) =>
      serve(page, socket, visit.target.path, visit.handshake.leave),
    );
  }

  function serve(page: WebSocket, socket: Duplex, path: string, leaveHandshakes: () => void): void {
    page.on('error', ({ message }) => warnOccasionally('connections of pages broke', { error: message }));
    limitControlFrames(page, limits.apiMessages);
    const sender = unproven.enter(() => page.terminate());
    const onBytes = (bytes: Buffer) => sender.add(bytes.length);
    socket.on('data', onBytes);
    const tooLate = () => page.close(CLOSE_POLICY_VIOLATION, 'send a token first');
    const timer = clock.setTimeout(tooLate, timerMs(limits.helloMs));
    page.on('close', () => {
      clock.clearTimeout(timer);
      sender.leave();
      proven.delete(page);
    });

    async function mayEnter(token: string): Promise<boolean> {
      const session = await pass.holderOf(token);
      if (!session || page.readyState !== WebSocket.OPEN) return false;
      if (!proven.has(page)) {
        clock.clearTimeout(timer);
        socket.off('data', onBytes);
        sender.leave();
        leaveHandshakes();
      }
      proven.set(page, session.id);
      if (proven.size > limits.apiSockets) drop(oldestOfTheMost(proven));
      check ??= clock.setTimeout(checkSessions, SESSION_CHECK_MS);
      return proven.has(page);
    }
    relaySync({ page, mayEnter, dial: () => dial(path), limits });
  }

  function drop(page: WebSocket | undefined): void {
    if (!page) return;
    proven.delete(page);
    page.close(CLOSE_TRY_AGAIN_LATER, 'too many pages');
  }

  async function dial(path: string): Promise<WebSocket> {
    const url = new URL(path, (await cloudUrl()).replace(/^http/, 'ws'));
    const cloud = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: MAX_ANSWER_BYTES,
      handshakeTimeout: timerMs(limits.apiCallMs),
    });
    return await new Promise((resolve, reject) => {
      cloud.once('open', () => resolve(cloud));
      cloud.on('error', (error) => {
        warnOccasionally('a page does not reach the cloud', { error: error.message });
        reject(error);
      });
    });
  }

  async function checkSessions(): Promise<void> {
    for (const id of new Set(proven.values())) {
      const isOver = await store.session(id).then(
        (session) => !session,
        () => false,
      );
      if (isOver) endSession(id);
    }
    check = proven.size > 0 ? clock.setTimeout(checkSessions, SESSION_CHECK_MS) : undefined;
  }

  function endSession(id: string): void {
    for (const [page, session] of proven) if (session === id) page.close(CLOSE_POLICY_VIOLATION, 'signed out');
  }

  return {
    routes: [{ path: SYNC, upgrade: accept }],
    endSession,
    close() {
      clock.clearTimeout(check);
      for (const page of server.clients) page.close(CLOSE_GOING_AWAY, 'gateway shutting down');
    },
  };
}

/** Whoever opens many pages loses one of them, not another person theirs. */
function oldestOfTheMost(proven: ReadonlyMap<WebSocket, string>): WebSocket | undefined {
  const ofSession = new Map<string, WebSocket[]>();
  for (const [page, session] of proven) ofSession.set(session, [...(ofSession.get(session) ?? []), page]);
  return [...ofSession.values()].reduce((most, pages) => (pages.length > most.length ? pages : most), [])[0];
}
