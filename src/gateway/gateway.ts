/**
 * The gateway, put together: a WebSocket server in front of the sessions.
 */
import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import { WebSocketServer } from 'ws';
import { bearerToken, isLoopback } from '../../actors/cloud/access.ts';
import type { CloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import { pairDevice } from '../../actors/cloud/pairing.ts';
import type { SocketHandlers } from '../../actors/network/socket.ts';
import { adopt } from '../../actors/network/websocket.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import { greet } from '../../actors/session/greeter.ts';
import type { Recorder } from '../../actors/session/recorder.ts';
import type { SessionNews } from '../../machines/session.ts';
import { systemClock } from '../clock.ts';
import { EarshotError, systemCode } from '../errors.ts';
import type { Inspector } from '../inspect/inspector.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { CLOSE_GOING_AWAY, MAX_MESSAGE_BYTES, STREAM_PATH, SUBPROTOCOL } from '../protocol/control.ts';
import { VERSION } from '../version.ts';
import type { GatewayCloud } from './gateway-cloud.ts';
import { createSessions } from './sessions.ts';

/** How long open connections get to say goodbye. */
const CLOSE_GRACE_MS = 1_000;

export interface GatewayOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  responder: Responder;
  /** Records turns, says who may connect, pairs those who may not. */
  cloud: Pick<GatewayCloud, 'access' | 'ready'> & { recorder: Recorder & Pick<CloudRecorder, 'observe' | 'stats'> };
  /** Default: those of src/limits.ts. */
  limits?: Limits;
  log: Log;
  onNews?: (news: SessionNews) => void;
  /** Watches what goes on. */
  inspector?: Inspector;
}

export interface Gateway {
  /** Where devices connect to, e.g. `ws://127.0.0.1:4433`. */
  url: string;
  connections(): number;
  close(): Promise<void>;
}

/** @throws EarshotError `port_in_use`, `address_unavailable` */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { host, port, responder, cloud, log, onNews, inspector, limits = DEFAULT_LIMITS } = options;
  const { recorder, access } = cloud;
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  const sessions = createSessions({
    responder,
    recorder,
    clock: systemClock,
    log,
    newId: uuidv7,
    observe: recorder.observe,
    watch: access.watch,
    ...(onNews && { onNews }),
    ...(inspector && { onSession: inspector.session, probe: inspector.probe }),
  });
  let closing = false;
  inspector?.probe.watch(() => {
    const { waiting, limit, dropped } = recorder.stats().queue;
    const delivered = recorder.stats().delivery?.delivered ?? 0;
    return [{ name: 'cloud records', unit: 'records', depth: waiting, limit, sent: delivered, dropped }];
  });

  const server = createServer((request, response) => {
    const healthy = request.method === 'GET' && request.url === '/health';
    response.writeHead(healthy ? 200 : 404, { 'content-type': 'application/json' });
    response.end(
      healthy
        ? JSON.stringify({ name: 'earshot', version: VERSION, connections: sockets.clients.size })
        : JSON.stringify({ error: `devices connect to ${STREAM_PATH} by WebSocket (${SUBPROTOCOL})` }),
    );
  });

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => log.debug('a socket broke before its upgrade', { error: error.message }));
    const refusal = refusalOf(request);
    if (refusal) return refuse(socket, refusal.status, { error: refusal.reason });
    void admit(request, socket, head);
  });

  async function admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const token = bearerToken(request.headers.authorization);
    const admission = await access.admit({ token, isLoopback: isLoopback(request.socket.remoteAddress) });
    if (admission.kind === 'refused') {
      const { status, code, reason } = admission;
      log.warn('a device is refused', { code });
      return refuse(socket, status, { code, error: reason });
    }
    if (socket.destroyed) return;
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const take = (handlers: SocketHandlers) => adopt(accepted, handlers, { maxUnreadBytes: limits.unreadBytes });
      const pairing = { cloud: cloud.ready, newId: uuidv7, clock: systemClock, log };
      if (admission.kind === 'unpaired') greet(take, systemClock, (greeted) => pairDevice(greeted, pairing));
      else sessions.accept(take, admission.kind === 'device' ? admission : undefined);
    });
  }

  function refusalOf(request: IncomingMessage): { status: number; reason: string } | undefined {
    const path = new URL(request.url ?? '/', 'http://gateway').pathname;
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (closing) return { status: 503, reason: 'the gateway is shutting down' };
    if (sockets.clients.size >= limits.connections) return { status: 503, reason: 'the gateway is full' };
    if (path !== STREAM_PATH) return { status: 404, reason: `devices connect to ${STREAM_PATH}` };
    if (!offered.includes(SUBPROTOCOL)) return { status: 400, reason: `offer the sub-protocol ${SUBPROTOCOL}` };
    // Devices send no Origin; a web page that tries to reach a gateway on its visitor's machine does.
    if (request.headers.origin !== undefined) return { status: 403, reason: 'not for web pages' };
    return undefined;
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;

  return {
    url: `ws://${shownHost}:${address.port}`,
    connections: () => sockets.clients.size,
    async close() {
      closing = true;
      const over = sessions.closeAll(CLOSE_GOING_AWAY, 'gateway shutting down');
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const grace = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
        server.closeAllConnections();
      }, CLOSE_GRACE_MS);
      await Promise.all([closed, over]);
      clearTimeout(grace);
    },
  };
}

function refuse(socket: Duplex, status: number, answer: { code?: string; error: string }): void {
  const body = JSON.stringify(answer);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n` +
      `Connection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function listenError(cause: Error, host: string, port: number): EarshotError {
  if (systemCode(cause) === 'EADDRINUSE') {
    const hint = 'Choose another with --port, or 0 for any.';
    return new EarshotError('port_in_use', `Port ${port} on ${host} is in use`, hint, { cause });
  }
  if (systemCode(cause) === 'EACCES') {
    const hint = 'Choose one above 1023.';
    return new EarshotError('address_unavailable', `Port ${port} may not be used by this user`, hint, { cause });
  }
  const message = `Cannot listen on ${host}:${port}: ${cause.message}`;
  return new EarshotError('address_unavailable', message, 'Check --host.', { cause });
}
