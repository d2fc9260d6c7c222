/**
 * The HTTP server of the local API: on a Unix socket, on a port of a loopback address, or on both. docs/local-api.md is its reference.
 */
import { chmodSync, chownSync, lstatSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Scope } from '../../core/actor/scope.ts';
import { EarshotError, systemCode } from '../../core/errors.ts';
import { DEFAULT_LIMITS } from '../../core/limits/limits.ts';
import { createTokenBucket } from '../../core/limits/token-bucket.ts';
import { METRICS_TYPE } from '../../core/metrics/metric-family.ts';
import { answer, type FrontDoor, openFrontDoor, type Visit } from '../../server/front-door.ts';
import { limitedBody } from '../../server/limited-body.ts';
import { refusalOf } from './access.ts';
import { COMMAND_NAMES, CommandRefused, type CommandTarget, commandNamed, fieldsOf } from './commands.ts';
import { createEventStreams, MAX_STREAMS, typesOf } from './event-streams.ts';
import type { LocalEvents } from './local-events.ts';

/** Of a loopback address only: for another machine use ssh -L. */
const HOST = '127.0.0.1';
/** One device, few programs. */
const LIMITS = { ...DEFAULT_LIMITS, handshakes: 64, handshakesPerAddress: 32 };
/** It wakes up an idle device. */
const CHECK_INTERVAL_MS = 10_000;
const MAX_BODY_BYTES = 8 * 1_024;
/** Of all clients: more than a person can give. */
const COMMANDS_PER_SECOND = 20;
/** Longest path of a Unix socket (sun_path, without its final NUL). */
const MAX_PATH_BYTES = 107;

export interface LocalApiOptions {
  /** `groupId`: its group may use it, too. */
  socket?: { path: string; groupId?: number };
  /** 0: any. */
  tcp?: { port: number; token: string };
  events: LocalEvents;
  target: CommandTarget;
  /** Those of the monitor, in Prometheus' text format. */
  readMetrics: () => Promise<readonly string[]>;
  onLevelsWanted: (wanted: boolean) => void;
}

export interface LocalApi {
  /** The port in use; undefined without one. */
  port: number | undefined;
  stats(): { streams: number; refused: number; missed: number; dropped: number; commands: number };
}

/** Runs until the end of its scope. @throws EarshotError (by rejection) `port_in_use`, `address_unavailable` */
export async function startLocalApi(options: LocalApiOptions, scope: Scope): Promise<LocalApi> {
  const { socket, tcp, events, target, onLevelsWanted } = options;
  const { clock, log, onEnd } = scope;
  const streams = createEventStreams({ events, readState: target.state, onLevelsWanted }, scope);
  const allowance = createTokenBucket(COMMANDS_PER_SECOND, 1_000);
  let commands = 0;
  /** Connections with a stream of events. */
  const streaming = new WeakSet<Socket>();

  function open(token: string | undefined): FrontDoor {
    const front = openFrontDoor({
      limits: LIMITS,
      checkIntervalMs: CHECK_INTERVAL_MS,
      log,
      onRequest: (request, response, visit) => respond(request, response, visit, token),
      onUpgrade: (_request, connection) => front.refuse(connection, 404, { error: 'there is no WebSocket here' }),
    });
    onEnd(() => void front.close(0));
    return front;
  }

  async function respond(
    request: IncomingMessage,
    response: ServerResponse,
    { target: { path, host, query }, handshake }: Visit,
    token: string | undefined,
  ): Promise<void> {
    // A stream of events has no end: what is asked for after it on its connection would wait for ever, and hide that the client has gone.
    if (streaming.has(request.socket)) return void request.socket.destroy();
    const refusal = refusalOf(request, host, token);
    if (refusal) return fail(response, refusal.status, refusal);
    if (path === '/metrics') return onlyBy('GET', request, response) ? await tellMetrics(response) : undefined;
    const [, command] = /^\/v1\/([a-z]+)$/.exec(path) ?? [];
    if (command === 'state')
      return onlyBy('GET', request, response) ? answer(response, 200, target.state()) : undefined;
    if (command === 'events') {
      if (!onlyBy('GET', request, response)) return;
      const types = typesOf(query.get('types'));
      if (!types) return fail(response, 400, invalid('types names an unknown event'));
      // It is silent as long as nothing happens, and the client sends nothing any more.
      request.socket.setTimeout(0);
      if (streams.add(response, types)) {
        streaming.add(request.socket);
        return handshake.leave();
      }
      return fail(response, 503, { code: 'too_many', message: `${MAX_STREAMS} streams are open`, hint: 'Close one.' });
    }
    const run = commandNamed(command ?? '');
    if (!run)
      return fail(response, 404, { code: 'not_found', message: `There is no ${path.slice(0, 64)}`, hint: ROUTES });
    if (!onlyBy('POST', request, response)) return;
    if (!allowance.takeOne(clock.now())) {
      return fail(response, 429, { code: 'too_many', message: 'Too many commands', hint: 'Wait a second.' });
    }
    const body = (await limitedBody(request, MAX_BODY_BYTES))?.toString('utf8');
    if (body === undefined) {
      // What is left of the body is not read.
      response.setHeader('connection', 'close');
      return fail(response, 413, invalid(`a body has up to ${MAX_BODY_BYTES} bytes`));
    }
    try {
      const result = await run(target, fieldsOf(body));
      commands += 1;
      answer(response, 200, result ?? target.state());
    } catch (error) {
      if (error instanceof CommandRefused) return fail(response, error.status, error);
      if (error instanceof EarshotError) return fail(response, 500, error);
      throw error;
    }
  }

  async function tellMetrics(response: ServerResponse): Promise<void> {
    const lines = await options.readMetrics();
    response.writeHead(200, { 'content-type': METRICS_TYPE });
    response.end(`${lines.join('\n')}\n`);
  }

  let port: number | undefined;
  if (socket) await listenOnPath(open(undefined), socket, scope);
  if (tcp) port = (await listenOnPort(open(tcp.token), tcp.port)).port;
  return { port, stats: () => ({ ...streams.stats(), commands }) };
}

const ROUTES = `GET /metrics, GET /v1/state, GET /v1/events, POST /v1/${COMMAND_NAMES.join(', /v1/')}`;

function onlyBy(method: 'GET' | 'POST', request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method === method) return true;
  response.setHeader('allow', method);
  fail(response, 405, { code: 'wrong_method', message: `Use ${method}`, hint: ROUTES });
  return false;
}

function fail(response: ServerResponse, status: number, { code, message, hint }: Failure): void {
  answer(response, status, { error: { code, message, hint } });
}

interface Failure {
  code: string;
  message: string;
  hint: string;
}

const invalid = (message: string): Failure => ({ code: 'invalid', message, hint: 'See docs/local-api.md.' });

async function listenOnPort(front: FrontDoor, port: number) {
  try {
    return await front.listen(port, HOST);
  } catch (cause) {
    const inUse = systemCode(cause) === 'EADDRINUSE';
    const message = inUse ? `The local API's port ${port} is in use` : `The local API cannot listen on port ${port}`;
    const hint = 'Choose another with --api PORT, or 0 for any.';
    throw new EarshotError(inUse ? 'port_in_use' : 'address_unavailable', message, hint, { cause });
  }
}

async function listenOnPath(front: FrontDoor, { path, groupId }: { path: string; groupId?: number }, { onEnd }: Scope) {
  try {
    // The system truncates a longer path, and the socket would be elsewhere.
    if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw new Error('its path is too long for a socket');
    await removeAbandoned(path);
    await front.listenOn(path);
    onEnd(() => rmSync(path, { force: true }));
    if (groupId !== undefined) chownSync(path, -1, groupId);
    chmodSync(path, groupId === undefined ? 0o600 : 0o660);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = 'Name another place with --api-socket PATH, or none with --no-api-socket.';
    throw new EarshotError('address_unavailable', `The local API has no socket at ${path}: ${reason}`, hint, { cause });
  }
}

/** Deletes a socket that nobody listens on: its process was killed. @throws when somebody does */
function removeAbandoned(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.on('connect', () => {
      probe.destroy();
      reject(new Error('another process listens there'));
    });
    probe.on('error', (error) => {
      // A file that is no socket refuses, too.
      const isAbandoned =
        systemCode(error) === 'ECONNREFUSED' && lstatSync(path, { throwIfNoEntry: false })?.isSocket();
      if (isAbandoned) rmSync(path, { force: true });
      resolve();
    });
  });
}
