/**
 * The gateway, put together: a WebSocket server, and for each connection a session machine over its peer and responder. The
 * only gateway file that sees both machines/ and actors/.
 */
import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import { WebSocketServer } from 'ws';
import { type Actor, createActor } from 'xstate';
import { adopt } from '../actors/network/websocket.ts';
import { defineResponder, type Responder } from '../actors/responder/responder.ts';
import { type GreetedSocket, greet } from '../actors/session/greeter.ts';
import { definePeer } from '../actors/session/peer.ts';
import type { Recorder } from '../actors/session/recorder.ts';
import { responderPort } from '../machines/ports.ts';
import { SESSION_DELAYS_MS, type SessionNews, session } from '../machines/session.ts';
import { supervised } from '../machines/supervise.ts';
import { type Channel, createChannel } from './channel.ts';
import { systemClock } from './clock.ts';
import type { HeardPacket, SpokenFrames } from './data-plane.ts';
import { EarshotError, systemCode } from './errors.ts';
import { hostHere } from './host.ts';
import type { Log } from './log.ts';
import { CLOSE_GOING_AWAY, CLOSE_REPLACED, MAX_MESSAGE_BYTES, STREAM_PATH, SUBPROTOCOL } from './protocol/control.ts';
import { VERSION } from './version.ts';

/** Connections at once; the next one is turned away with 503. */
const MAX_CONNECTIONS = 1_000;
/** Packets of an utterance (or pieces of a reply) that may wait while an actor restarts. */
const HEARD_LIMIT = 100;
/** How long open connections get to say goodbye. */
const CLOSE_GRACE_MS = 1_000;

export interface GatewayOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  responder: Responder;
  /** Keeps turns: a turn that it has recorded is confirmed to the device. */
  recorder: Recorder;
  log: Log;
  onNews?: (news: SessionNews) => void;
}

interface Session {
  id: string;
  actor: Actor<typeof session>;
  /** The device's connections, one after the other. */
  connections: Channel<GreetedSocket>;
}

export interface Gateway {
  /** Where devices connect to, e.g. `ws://127.0.0.1:4433`. */
  url: string;
  connections(): number;
  close(): Promise<void>;
}

/** @throws EarshotError `port_in_use`, `address_unavailable` */
export async function startGateway({ host, port, responder, recorder, log, onNews }: GatewayOptions): Promise<Gateway> {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  const sessions = new Set<Session>();
  /** Name of a device → its session: a device has one connection, and the newest is right. */
  const byDevice = new Map<string, Session>();
  let closing = false;

  const server = createServer((request, response) => {
    const healthy = request.method === 'GET' && request.url === '/health';
    response.writeHead(healthy ? 200 : 404, { 'content-type': 'application/json' });
    response.end(
      healthy
        ? JSON.stringify({ name: 'earshot', version: VERSION, connections: sessions.size })
        : JSON.stringify({ error: `devices connect to ${STREAM_PATH} by WebSocket (${SUBPROTOCOL})` }),
    );
  });

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => log.debug('a socket broke before its upgrade', { error: error.message }));
    const refusal = refusalOf(request);
    if (refusal) return refuse(socket, refusal.status, refusal.reason);
    sockets.handleUpgrade(request, socket, head, (accepted) =>
      greet((handlers) => adopt(accepted, handlers), systemClock, onGreeted),
    );
  });

  function refusalOf(request: IncomingMessage): { status: number; reason: string } | undefined {
    const path = new URL(request.url ?? '/', 'http://gateway').pathname;
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (closing) return { status: 503, reason: 'the gateway is shutting down' };
    if (sockets.clients.size >= MAX_CONNECTIONS) return { status: 503, reason: 'the gateway is full' };
    if (path !== STREAM_PATH) return { status: 404, reason: `devices connect to ${STREAM_PATH}` };
    if (!offered.includes(SUBPROTOCOL)) return { status: 400, reason: `offer the sub-protocol ${SUBPROTOCOL}` };
    // Devices send no Origin; a web page that tries to reach a gateway on its visitor's machine does.
    if (request.headers.origin !== undefined) return { status: 403, reason: 'not for web pages' };
    return undefined;
  }

  function onGreeted(greeted: GreetedSocket): void {
    const { device, resume } = greeted.hello;
    const previous = byDevice.get(device.name);
    if (resume && previous?.id === resume.session) return previous.connections.send(greeted);
    previous?.actor.send({ type: 'session.close', code: CLOSE_REPLACED, reason: 'replaced' });
    const started = startSession(device.name);
    started.connections.send(greeted);
  }

  function startSession(device: string): Session {
    const id = uuidv7();
    const hosting = { clock: systemClock, log };
    const connections = createChannel<GreetedSocket>({ name: 'connections', limit: 2, whenFull: 'drop-oldest' });
    const heard = createChannel<HeardPacket>({ name: 'heard', limit: HEARD_LIMIT, whenFull: 'drop-newest' });
    const spoken = createChannel<SpokenFrames>({ name: 'spoken', limit: HEARD_LIMIT, whenFull: 'drop-newest' });
    const peer = definePeer({ connections, heard, spoken, recorder, maxTurnMs: SESSION_DELAYS_MS.turnLimit });
    const actor = createActor(
      session.provide({
        actors: {
          // A connection is not mended when its actor crashes: the session ends, and the device comes back.
          peer: hostHere(peer, hosting),
          responder: supervised(
            responderPort,
            hostHere(defineResponder({ responder, heard, spoken: (frames) => spoken.send(frames) }), hosting),
          ),
        },
      }),
      { clock: systemClock, input: { session: id } },
    );
    const started: Session = { id, actor, connections };
    sessions.add(started);
    byDevice.set(device, started);
    actor.on('*', (news) => {
      note(started, news);
      onNews?.(news);
    });
    actor.start();
    return started;
  }

  function note(of: Session, news: SessionNews): void {
    switch (news.type) {
      case 'session.opened':
        return log.info('device connected', { device: news.device, session: news.session });
      case 'session.resumed':
        return log.info('device back', { device: news.device, session: news.session, turn: news.turnId || undefined });
      case 'turn.ended':
        return log.info('turn ended', { turn: news.turnId, outcome: news.outcome });
      case 'session.closed':
        sessions.delete(of);
        if (byDevice.get(news.device) === of) byDevice.delete(news.device);
        return log.info('device gone', { device: news.device, code: news.code, reason: news.reason || undefined });
    }
  }

  await listen();
  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;

  function listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(listenError(error, host, port)));
      server.listen(port, host, resolve);
    });
  }

  return {
    url: `ws://${shownHost}:${address.port}`,
    connections: () => sessions.size,
    async close() {
      closing = true;
      for (const { actor } of sessions) {
        actor.send({ type: 'session.close', code: CLOSE_GOING_AWAY, reason: 'gateway shutting down' });
      }
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const grace = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
        server.closeAllConnections();
      }, CLOSE_GRACE_MS);
      await closed;
      clearTimeout(grace);
    },
  };
}

function refuse(socket: Duplex, status: number, reason: string): void {
  const body = JSON.stringify({ error: reason });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n` +
      `Connection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function listenError(error: Error, host: string, port: number): EarshotError {
  if (systemCode(error) === 'EADDRINUSE') {
    return new EarshotError(
      'port_in_use',
      `Port ${port} on ${host} is in use`,
      'Choose another with --port, or 0 for any.',
      {
        cause: error,
      },
    );
  }
  if (systemCode(error) === 'EACCES') {
    return new EarshotError(
      'address_unavailable',
      `Port ${port} may not be used by this user`,
      'Choose one above 1023.',
      {
        cause: error,
      },
    );
  }
  return new EarshotError(
    'address_unavailable',
    `Cannot listen on ${host}:${port}: ${error.message}`,
    'Check --host.',
    {
      cause: error,
    },
  );
}
