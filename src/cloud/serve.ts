/**
 * A stand-in for a Convex deployment, for trying out and testing: the functions of convex/ in memory, served to the official
 * clients on a loopback address. It takes this process's globals for itself (convex-test), so it needs one of its own.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { limitsFrom } from '../core/limits/limits.ts';
import { type Log, silentLog } from '../core/log/log.ts';
import { createOccasionalLog } from '../core/log/occasional-log.ts';
import { systemClock } from '../core/time/clock.ts';
import { isLoopback } from '../server/addresses.ts';
import { limitControlFrames } from '../server/control-frames.ts';
import { answer, openFrontDoor, timerMs, type Visit } from '../server/front-door.ts';
import { startCrons } from './crons.ts';
import { type Functions, loadFunctions } from './functions.ts';
import { createFileNames, createUploads, serveHttp } from './http.ts';
import type { EmbeddedSettings } from './messages.ts';
import { createOneByOne } from './one-by-one.ts';
import { type SyncClient, type SyncState, serveSync } from './sync.ts';
import { createUnprovenBytes } from './unproven-bytes.ts';

const HOST = '127.0.0.1';
/** A recording, on a machine that has other things to do, takes so much longer than the request of a device. */
const FILE_PATIENCE = 6;

export interface EmbeddedServer {
  url: string;
  port: number;
  /** Documents that a process before this one left. */
  restored: number;
  close(): void;
}

export async function serveEmbeddedCloud(
  { port, folder, limits: settings = [] }: EmbeddedSettings,
  source: URL,
  gatewayKey: string,
  onError: (what: string, error: unknown) => void,
): Promise<EmbeddedServer> {
  const limits = limitsFrom(settings);
  const uploads = createUploads(() => Date.now());
  const files = createFileNames(gatewayKey);
  const clients = new Set<SyncClient>();
  let lastTimestamp = 0n;
  let origin = '';
  let refreshing = false;
  let stale = false;

  const functions: Functions = await loadFunctions({
    source,
    folder,
    maxFileBytes: limits.cloudFileBytes,
    fileUrl: (id) => `${origin}/api/storage/${encodeURIComponent(files.nameOf(id))}`,
    uploadUrl: () => `${origin}/api/storage/upload?token=${uploads.announce()}`,
    onWrite() {
      state.writes += 1;
      void refresh();
    },
  });

  /** Every write runs every watched query again; what has not changed is not sent. */
  async function refresh(): Promise<void> {
    stale = true;
    if (refreshing) return;
    refreshing = true;
    while (stale) {
      stale = false;
      await Promise.all([...clients].map((client) => client.refresh()));
    }
    refreshing = false;
  }

  function timestamp(): bigint {
    const now = BigInt(Date.now()) * 1_000_000n;
    lastTimestamp = now > lastTimestamp ? now : lastTimestamp + 1n;
    return lastTimestamp;
  }

  const unprovenCalls = createOneByOne();
  const state: SyncState = { functions, timestamp, answers: new Map(), writes: 0, unproven: unprovenCalls };
  const unproven = createUnprovenBytes(limits.cloudUnprovenBytes);
  const maxCallBytes = limits.cloudCallBytes;
  const serve = serveHttp({
    functions: () => functions,
    uploads,
    files,
    unproven,
    unprovenCalls,
    maxCallBytes,
    timestamp,
  });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxCallBytes,
    maxFragments: limits.fragments,
    // @types/ws does not know it yet.
    ...{ closeTimeout: timerMs(limits.closeMs) },
  });
  const log = logTo(onError);
  const warnOccasionally = createOccasionalLog(log);
  const front = openFrontDoor({
    limits: {
      ...limits,
      // All come from this machine, so they are counted together.
      handshakes: limits.cloudHandshakes,
      handshakesPerAddress: Number.POSITIVE_INFINITY,
      requestMs: limits.requestMs * FILE_PATIENCE,
    },
    log,
    async onRequest(request, response, visit) {
      if (!isForUs(request, visit)) return answer(response, 403, { code: 'Forbidden', message: 'not for web pages' });
      await serve(request, response, visit);
    },
    onUpgrade,
  });

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, visit: Visit): void {
    if (!isForUs(request, visit)) return front.refuse(socket, 403, { code: 'Forbidden', message: 'not for web pages' });
    if (!/^\/api\/[^/]+\/sync$/.test(visit.target.path)) return front.refuse(socket, 404, { code: 'NotFound' });
    sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      webSocket.on('error', ({ message }) => warnOccasionally('connections broke', { error: message }));
      limitControlFrames(webSocket, limits.controlMessages);
      const caller = unproven.enter(() => webSocket.terminate());
      const onBytes = (bytes: Buffer) => caller.add(bytes.length);
      const onProven = () => {
        visit.handshake.leave();
        socket.off('data', onBytes);
        caller.leave();
      };
      socket.on('data', onBytes);
      socket.on('close', caller.leave);
      const client = serveSync(webSocket, state, { onProven, limits });
      clients.add(client);
      webSocket.on('close', () => clients.delete(client));
    });
  }

  const { port: boundPort } = await front.listen(port, HOST);
  origin = `http://${HOST}:${boundPort}`;
  const stopCrons = startCrons({
    crons: functions.crons,
    run: functions.callInternal,
    onError: (name, error) => onError(`the cron "${name}"`, error),
    clock: systemClock,
  });

  return {
    url: origin,
    port: boundPort,
    restored: functions.restored,
    close() {
      stopCrons();
      void front.close(0);
    },
  };
}

/** Its clients are programs on this machine: no page in a browser, also not one whose name was made to point here. */
function isForUs({ headers }: IncomingMessage, { target }: Visit): boolean {
  return headers.origin === undefined && isLoopback(target.host);
}

/** Its process has no log but its standard error. */
function logTo(onError: (what: string, error: unknown) => void): Log {
  const tell = (message: string, fields?: object) => onError(message, JSON.stringify(fields ?? {}));
  return { ...silentLog, warn: tell, error: tell };
}
