/**
 * The HTTP server that all servers of Earshot use. An invalid request, a client that is slow, silent or does not close, and a handler
 * that throws cost only their own connection.
 */
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorFields } from '../core/errors.ts';
import type { Limits } from '../core/limits/limits.ts';
import type { Log } from '../core/log/log.ts';
import { createOccasionalLog } from '../core/log/occasional-log.ts';
import { clientKey } from './addresses.ts';
import type { Certificate } from './certificate.ts';
import { clientOf, NO_PROXIES, type RequestClient, type TrustedProxies } from './client.ts';
import { type Connections, trackConnections } from './connections.ts';
import { createHandshakes, type Handshake, type Handshakes } from './handshakes.ts';
import { parseTarget, type RequestTarget } from './request-target.ts';
import { DATA_HEADERS } from './security-headers.ts';

/** How often Node checks for slow clients, also while there are none. */
const CHECK_INTERVAL_MS = 500;
/** TCP keep-alive: when a vanished client is detected. */
export const KEEP_ALIVE_DELAY_MS = 15_000;
const MAX_REQUESTS_PER_CONNECTION = 1_000;

export interface Visit {
  target: RequestTarget;
  client: RequestClient;
  /** It counts as a connection that is not authenticated yet. */
  handshake: Handshake;
}

export interface FrontDoorOptions {
  limits: Pick<Limits, 'handshakes' | 'handshakesPerAddress' | 'requestMs' | 'closeMs'>;
  proxies?: TrustedProxies;
  /** It speaks TLS, and nothing else. */
  certificate?: Certificate | undefined;
  /** By how much later than `requestMs` a slow client may be dropped. Longer: fewer wake-ups on a device. */
  checkIntervalMs?: number;
  log: Log;
  onRequest(request: IncomingMessage, response: ServerResponse, visit: Visit): void | Promise<void>;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, visit: Visit): void | Promise<void>;
}

export interface FrontDoor {
  /** Rejects with the system's error. */
  listen(port: number, host: string): Promise<AddressInfo>;
  /** On a Unix socket. Rejects with the system's error. */
  listenOn(path: string): Promise<void>;
  /** Serves a connection that another process has accepted. */
  take: Connections['take'];
  /** Refuses an upgrade, and ends the connection. */
  refuse(socket: Duplex, status: number, answer: object): void;
  handshakes: Pick<Handshakes, 'count' | 'dropped'>;
  /** Accepts no connections any more. Resolves when all connections are closed, at the latest after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export function openFrontDoor({
  limits,
  proxies = NO_PROXIES,
  certificate,
  checkIntervalMs = CHECK_INTERVAL_MS,
  log,
  onRequest,
  onUpgrade,
}: FrontDoorOptions): FrontDoor {
  const handshakes = createHandshakes(limits);
  const warnOccasionally = createOccasionalLog(log);
  const requestMs = limits.requestMs === Number.POSITIVE_INFINITY ? 0 : limits.requestMs;

  const settings = {
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
    noDelay: true,
    // From the connection to the end of its first request, and from the start of each further request to its end.
    headersTimeout: requestMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkIntervalMs,
  };
  const server = certificate ? createTlsServer(certificate) : createServer(settings);
  // Longest time without reading or writing: for a client that does not read its answer.
  server.timeout = requestMs;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;

  const connections = trackConnections(server, { handshakes, proxies, requestMs: limits.requestMs, log });

  function createTlsServer({ current, onRenewed }: Certificate) {
    const secure = createSecureServer({ ...settings, ...current(), handshakeTimeout: timerMs(limits.requestMs) });
    onRenewed((pair) => secure.setSecureContext(pair));
    return secure;
  }

  function visitOf(request: IncomingMessage): Visit | undefined {
    const target = parseTarget(request);
    const connection = connections.of(request.socket);
    if (!target || !connection) return undefined;
    const { peer, handshake } = connection;
    const client = clientOf(peer, request.headers, target, proxies);
    handshake.reach('unproven', clientKey(client.address));
    return { target, client, handshake };
  }

  server.on('request', (request, response) => {
    for (const [name, value] of Object.entries(DATA_HEADERS)) response.setHeader(name, value);
    const visit = visitOf(request);
    if (!visit) return answer(response, 400, { error: 'the request target or the host cannot be read' });
    guard(
      () => onRequest(request, response, visit),
      () => answer(response, 500, { error: 'internal error' }),
    );
  });

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => {
      log.debug('a connection broke', { error: error.message });
      socket.destroy();
    });
    const visit = visitOf(request);
    if (!visit) return refuse(socket, 400, { error: 'the request target or the host cannot be read' });
    guard(
      () => onUpgrade(request, socket, head, visit),
      () => refuse(socket, 500, { error: 'internal error' }),
    );
  });

  function guard(handle: () => void | Promise<void>, fail: () => void): void {
    const onError = (error: unknown) => {
      log.error('a request could not be handled', errorFields(error));
      fail();
    };
    try {
      handle()?.catch(onError);
    } catch (error) {
      onError(error);
    }
  }

  function refuse(socket: Duplex, status: number, body: object): void {
    if (socket.destroyed) return;
    connections.of(socket)?.handshake.reach('refused');
    const text = JSON.stringify(body);
    const fields = { ...DATA_HEADERS, connection: 'close', 'content-type': 'application/json' };
    const lines = Object.entries({ ...fields, 'content-length': Buffer.byteLength(text) }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${text}`);
    // If a connection is closed with unread input, the answer may be lost. So the remaining input is read and discarded.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), timerMs(limits.closeMs));
    socket.once('end', () => socket.destroy());
    socket.once('close', () => clearTimeout(timer));
  }

  let isClosed = false;

  function listening(start: (onListening: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (isClosed) return reject(new Error('it was closed before it could listen'));
      server.once('error', reject);
      start(() => {
        server.off('error', reject);
        // Closed meanwhile, when there was nothing to close yet.
        if (isClosed) server.close();
        // Errors of a connection that is refused.
        server.on('error', (error) => warnOccasionally('connections cannot be taken', { error: error.message }));
        resolve();
      });
    });
  }

  return {
    async listen(port, host) {
      await listening((onListening) => server.listen(port, host, onListening));
      return server.address() as AddressInfo;
    },
    take: (socket, handed) => (isClosed ? void socket.destroy() : connections.take(socket, handed)),
    listenOn: (path) => listening((onListening) => server.listen(path, onListening)),
    refuse,
    handshakes,
    close: (graceMs) =>
      new Promise((resolve) => {
        isClosed = true;
        const timer = setTimeout(() => {
          connections.dropAll();
        }, graceMs);
        server.close(() => {
          // Those that were handed over are not the server's.
          void connections.ended().then(() => {
            clearTimeout(timer);
            resolve();
          });
        });
        server.closeIdleConnections();
      }),
  };
}

export function answer(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** A limit as the delay of a timer: Node treats delays above 25 days as zero. */
export function timerMs(limitMs: number): number {
  return Math.min(limitMs, 2 ** 31 - 1);
}
