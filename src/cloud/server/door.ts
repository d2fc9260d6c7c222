/**
 * The door of the cloud: one port for HTTP and for the sync sockets. Who may come in, and what counts until a client has shown a key.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Limits } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import { createOccasionalLog } from '../../core/log/occasional-log.ts';
import { limitControlFrames } from '../../server/control-frames.ts';
import { answer, openFrontDoor, timerMs, type Visit } from '../../server/front-door.ts';
import type { createUnprovenBytes } from '../../server/unproven-bytes.ts';
import { openSyncConnection } from './connection.ts';
import { isFilePath, type ServeHttp } from './http.ts';
import { createOriginRule } from './origin-rule.ts';
import { metadataOf } from './request-metadata.ts';
import { openSession } from './session.ts';
import type { SyncState } from './sync-state.ts';
import { supportsChunks } from './transition.ts';

const HOST = '127.0.0.1';
/** A recording, on a machine that has other things to do, takes so much longer than the request of a device. */
const FILE_PATIENCE = 6;
const CLOSE_GOING_AWAY = 1_001;
/** `/api/1.48.0/sync`, with the version of the client. */
const SYNC_PATH = /^\/api\/([^/]+)\/sync$/;

export interface DoorOptions {
  limits: Limits;
  log: Log;
  /** Of web pages that may call. */
  origins: readonly string[];
  unproven: ReturnType<typeof createUnprovenBytes>;
  serveHttp: ServeHttp;
  sync: SyncState;
}

export interface Door {
  listen(port: number): Promise<{ host: string; port: number }>;
  /** Connected sync sockets. */
  clients(): number;
  close(): void;
}

export function openDoor({ limits, log, origins, unproven, serveHttp, sync }: DoorOptions): Door {
  const rule = createOriginRule(origins);
  const warnOccasionally = createOccasionalLog(log);
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: limits.cloudCallBytes,
    maxFragments: limits.fragments,
    // @types/ws does not know it yet.
    ...{ closeTimeout: timerMs(limits.closeMs) },
  });
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
      const mayCall = rule.mayCall(request, visit);
      if (!mayCall && !(isFilePath(visit.target.path) && rule.mayFetch(request, visit))) {
        return answer(response, 403, { code: 'Forbidden', message: 'not for web pages' });
      }
      rule.allow(request, response);
      await serveHttp(request, response, visit);
    },
    onUpgrade(request, socket, head, visit) {
      if (!rule.mayCall(request, visit)) {
        return front.refuse(socket, 403, { code: 'Forbidden', message: 'not for web pages' });
      }
      const [, version] = SYNC_PATH.exec(visit.target.path) ?? [];
      if (version === undefined) return front.refuse(socket, 404, { code: 'NotFound' });
      upgrade({ request, socket, head, visit, version });
    },
  });

  function upgrade({ request, socket, head, visit, version }: Upgrade): void {
    sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      webSocket.on('error', ({ message }) => warnOccasionally('connections broke', { error: message }));
      limitControlFrames(webSocket, limits.controlMessages);
      const sender = unproven.enter(() => webSocket.terminate());
      const onBytes = (bytes: Buffer) => sender.add(bytes.length);
      const onProven = () => {
        visit.handshake.leave();
        socket.off('data', onBytes);
        sender.leave();
      };
      socket.on('data', onBytes);
      const connection = openSyncConnection(webSocket, socket as Socket, limits.unreadBytes);
      const session = openSession(connection, sync, {
        hasChunks: supportsChunks(version),
        metadata: metadataOf(request),
        onProven,
        limits,
      });
      webSocket.on('message', (data) => session.receive(String(data)));
      webSocket.on('close', () => {
        sender.leave();
        session.close();
      });
    });
  }

  return {
    async listen(port) {
      const { port: bound } = await front.listen(port, HOST);
      return { host: HOST, port: bound };
    },
    clients: () => sockets.clients.size,
    close() {
      for (const each of sockets.clients) each.close(CLOSE_GOING_AWAY);
      void front.close(0);
    },
  };
}

interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  visit: Visit;
  version: string;
}
