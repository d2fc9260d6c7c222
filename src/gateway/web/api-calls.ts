/**
 * Calls of the console to the cloud, through the gateway: functions by POST with a token, files by GET with an address that was given out for
 * them. A call is made anew: only what is in the lists below is passed on in either direction.
 */
import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { bearerToken } from '../../../actors/cloud/access.ts';
import type { Limits } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import { createOccasionalLog } from '../../core/log/occasional-log.ts';
import { clientKey } from '../../server/addresses.ts';
import { answer, timerMs } from '../../server/front-door.ts';
import { limitedBody } from '../../server/limited-body.ts';
import type { Call, HttpRoute } from '../../server/routes.ts';
import type { ApiPass } from './api-pass.ts';
import { createCallPlaces } from './call-places.ts';
import type { PageOrigins } from './page-origins.ts';

const FUNCTIONS = /^\/api\/(?:query|query_ts|query_at_ts|query_batch|mutation|action|function)$/;
/** The name of a file: of the embedded cloud two parts, of a backend one. */
const FILE = /^\/api\/storage\/[\w-]+(?:\.[\w-]+)?$/;
/** The embedded cloud drops the oldest of 32 connections that have shown no token. */
const MAX_SOCKETS = 24;

const REQUEST_FIELDS = ['authorization', 'content-type', 'convex-client', 'if-none-match', 'if-range', 'range'];
const ANSWER_FIELDS = [
  ...['accept-ranges', 'cache-control', 'content-length', 'content-range', 'content-type'],
  ...['digest', 'etag', 'last-modified'],
];

export interface ApiCallsOptions {
  cloudUrl: () => Promise<string>;
  pass: ApiPass;
  origins: PageOrigins;
  limits: Pick<
    Limits,
    'apiCalls' | 'apiCallsPerAddress' | 'apiCallBytes' | 'apiCallMs' | 'cloudCallBytes' | 'requestMs'
  >;
  log: Log;
}

export function apiCallRoutes({ cloudUrl, pass, origins, limits, log }: ApiCallsOptions): HttpRoute[] {
  const settings = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const agents = { 'http:': new Agent(settings), 'https:': new TlsAgent(settings) };
  const places = createCallPlaces(limits);
  const warnOccasionally = createOccasionalLog(log);

  async function callFunction(call: Call): Promise<void> {
    const { request, handshake } = call;
    if (!origins.isOurPage(request, call)) return refuse(call, 403, 'not_for_pages', 'Only for this gateway’s pages');
    // It has its place before anything is done for it, and while it is sent: a slow one counts, too.
    await inPlace(call, declaredBytes(call), async () => {
      const token = bearerToken(request.headers.authorization);
      if (token === undefined || !(await pass.holderOf(token))) {
        return refuseUnread(
          call,
          401,
          'not_authenticated',
          'Send Authorization: Bearer, and a token of /console/token',
        );
      }
      handshake.leave();
      const body = await limitedBody(request, limits.cloudCallBytes);
      if (body) return await forward(call, body);
      refuseUnread(call, 413, 'too_large', `A call has up to ${limits.cloudCallBytes} bytes`);
    });
  }

  async function fetchFile(call: Call): Promise<void> {
    const { origin, 'sec-fetch-site': site = 'none' } = call.request.headers;
    const isForeign =
      (origin !== undefined && !origins.isOurPage(call.request, call)) || !/^(none|same-origin)$/.test(String(site));
    if (isForeign) return refuse(call, 403, 'not_for_pages', 'Only for this gateway’s pages');
    await inPlace(call, 0, () => forward(call, undefined));
  }

  async function inPlace(call: Call, bytes: number, work: () => Promise<void>): Promise<void> {
    const place = places.take(clientKey(call.client.address), bytes);
    if (typeof place === 'number') return refuseUnread(call, place, 'too_many', 'Too many calls at the same time');
    try {
      await work();
    } finally {
      place();
    }
  }

  /** Of a body without a length it may be all that is allowed. */
  function declaredBytes({ request: { headers } }: Call): number {
    const length = headers['content-length'];
    return Math.min(length === undefined ? limits.cloudCallBytes : Number(length), limits.cloudCallBytes);
  }

  async function forward(call: Call, body: Buffer | undefined): Promise<void> {
    const { socket } = call.request;
    const socketMs = socket.timeout ?? 0;
    // Nothing is written until the cloud answers; if it does not, the page is told.
    socket.setTimeout(timerMs(limits.apiCallMs + limits.requestMs));
    try {
      await exchange(call, body);
    } catch (error) {
      warnOccasionally('a call of a page does not reach the cloud', { error: String(error) });
      refuse(call, 502, 'cloud_unavailable', 'The cloud does not answer. It is tried again.');
    } finally {
      socket.setTimeout(socketMs);
    }
  }

  async function exchange({ request, response, target }: Call, body: Buffer | undefined): Promise<void> {
    const url = new URL(target.path, await cloudUrl());
    const isTls = url.protocol === 'https:';
    const asked = (isTls ? httpsRequest : httpRequest)(url, {
      method: request.method ?? 'GET',
      headers: { ...picked(request.headers, REQUEST_FIELDS), ...(body && { 'content-length': body.length }) },
      agent: agents[isTls ? 'https:' : 'http:'],
      timeout: timerMs(limits.apiCallMs),
    });
    response.on('close', () => asked.destroy());
    const answered = await answerOf(asked, body);
    response.writeHead(answered.statusCode ?? 502, picked(answered.headers, ANSWER_FIELDS));
    // A page that does not take it has gone, or is dropped by the front door.
    await pipeline(answered, response).catch(() => response.destroy());
  }

  /** What is left of its body is not read. */
  function refuseUnread(call: Call, status: number, code: string, error: string): void {
    call.response.setHeader('connection', 'close');
    refuse(call, status, code, error);
  }

  function refuse({ response }: Call, status: number, code: string, error: string): void {
    answer(response, status, { code, error });
  }

  return [
    { path: FUNCTIONS, methods: { POST: callFunction } },
    { path: FILE, methods: { GET: fetchFile } },
  ];
}

function answerOf(asked: ClientRequest, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.on('response', resolve);
    asked.on('timeout', () => asked.destroy(new Error('it takes too long')));
    asked.on('error', reject);
    asked.on('close', () => reject(new Error('the page has gone')));
    asked.end(body);
  });
}

function picked(headers: IncomingMessage['headers'], names: readonly string[]): OutgoingHttpHeaders {
  return Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
}
