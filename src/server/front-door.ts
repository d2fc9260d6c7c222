/**
 * The front of every HTTP server of ours: what all of them owe to whoever connects. A request that cannot be read, a client
 * that is slow, silent or does not go, and a handler that throws cost that connection and nothing else.
 */
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorFields } from '../core/errors.ts';
import type { Limits } from '../core/limits/limits.ts';
import type { Log } from '../core/log/log.ts';
import { createOccasionalLog } from '../core/log/occasional-log.ts';
import { clientKey, plainAddress } from './addresses.ts';
import { type Client, clientOf, NO_PROXIES, type TrustedProxies } from './client.ts';
import { createHandshakes, type Handshake, type Handshakes } from './handshakes.ts';
import { parseTarget, type RequestTarget } from './request-target.ts';

/** How often Node looks for clients that are too slow. */
const CHECK_INTERVAL_MS = 500;
/** A peer that has vanished without a word is found out so long after its last one. */
const KEEP_ALIVE_DELAY_MS = 15_000;
const MAX_REQUESTS_PER_CONNECTION = 1_000;

export interface Visit {
  target: RequestTarget;
  client: Client;
  /** It is being counted as a connection that has not shown who it is. */
  handshake: Handshake;
}

export interface FrontDoorOptions {
  limits: Pick<Limits, 'handshakes' | 'handshakesPerAddress' | 'requestMs' | 'closeMs'>;
  proxies?: TrustedProxies;
  log: Log;
  onRequest(request: IncomingMessage, response: ServerResponse, visit: Visit): void | Promise<void>;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, visit: Visit): void | Promise<void>;
}

export interface FrontDoor {
  /** Rejects with the error of the system. */
  listen(port: number, host: string): Promise<AddressInfo>;
  /** Answers an upgrade that is not granted, and sees to it that the connection ends. */
  refuse(socket: Duplex, status: number, answer: object): void;
  handshakes: Pick<Handshakes, 'count' | 'dropped'>;
  /** Takes nobody any more. Resolves when every connection is gone, at the latest after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export function openFrontDoor({
  limits,
  proxies = NO_PROXIES,
  log,
  onRequest,
  onUpgrade,
}: FrontDoorOptions): FrontDoor {
  const handshakes = createHandshakes(limits);
  const open = new Map<Duplex, Handshake>();
  const warnOccasionally = createOccasionalLog(log);
  const requestMs = limits.requestMs === Number.POSITIVE_INFINITY ? 0 : limits.requestMs;

  const server = createServer({
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
    noDelay: true,
    // From the connection to the end of its first request, and from the beginning of each further one to its end.
    headersTimeout: requestMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
  });
  // Nothing is read or written for so long: a client that does not take its answer.
  server.timeout = requestMs;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;

  server.on('connection', (socket) => {
    const peer = plainAddress(socket.remoteAddress ?? '');
    const handshake = handshakes.enter(proxies.includes(peer) ? undefined : clientKey(peer), () => {
      warnOccasionally('connections that did not finish their handshake were dropped', { address: peer });
      socket.destroy();
    });
    open.set(socket, handshake);
    socket.on('close', () => {
      open.delete(socket);
      handshake.leave();
    });
  });

  function visitOf(request: IncomingMessage): Visit | undefined {
    const target = parseTarget(request);
    const handshake = open.get(request.socket);
    if (!target || !handshake) return undefined;
    const client = clientOf(request, target, proxies);
    handshake.reach('unproven', clientKey(client.address));
    return { target, client, handshake };
  }

  server.on('request', (request, response) => {
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
    open.get(socket)?.reach('refused');
    const text = JSON.stringify(body);
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n` +
        `Connection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
    // A connection that is closed with something unread takes the answer along: what still comes is read and thrown away.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), timerMs(limits.closeMs));
    socket.once('end', () => socket.destroy());
    socket.once('close', () => clearTimeout(timer));
  }

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          // From now on, of a connection that cannot be taken.
          server.on('error', (error) => warnOccasionally('connections cannot be taken', { error: error.message }));
          resolve(server.address() as AddressInfo);
        });
      }),
    refuse,
    handshakes,
    close: (graceMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          for (const socket of open.keys()) socket.destroy();
        }, graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

export function answer(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** A limit as the time of a timer: what is longer than 25 days, Node takes for no time at all. */
export function timerMs(limitMs: number): number {
  return Math.min(limitMs, 2 ** 31 - 1);
}
