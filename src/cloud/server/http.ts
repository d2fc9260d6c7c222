/**
 * Convex's HTTP API: what is asked at which address. Whoever is on this machine can ask; a call needs a token or a key, a file an address that
 * was given out for it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Visit } from '../../server/front-door.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Authenticator, ClientIdentity } from './authenticate.ts';
import { serveHttpAction } from './http-action.ts';
import { HttpError, notFound, sendJson } from './http-answer.ts';
import { type CallKind, type CallsOptions, createCalls } from './http-calls.ts';
import { metadataOf } from './request-metadata.ts';
import { type ServedFiles, serveFile, serveUpload } from './storage.ts';
import { encodeTimestamp } from './transition.ts';
import { unsupported } from './unsupported.ts';
import type { Uploads } from './uploads.ts';
import { TokenError } from './verify-token.ts';

/** What the cloud is called, where a real backend has a name. */
const INSTANCE_NAME = 'earshot';
/** HTTP actions are below it, as at a real backend's own port. */
export const SITE_PATH = '/http';

const CALLS: Record<string, CallKind> = {
  query: 'query',
  query_at_ts: 'query_at_ts',
  mutation: 'mutation',
  action: 'action',
  function: 'any',
};

export interface HttpOptions extends CallsOptions {
  runtime: Runtime;
  authenticator: Authenticator;
  files: ServedFiles;
  uploads: Uploads;
  timestamp: () => bigint;
  /** Figures for the operator. */
  stats: () => object;
}

export type ServeHttp = (request: IncomingMessage, response: ServerResponse, visit: Visit) => Promise<void>;

/** Whether this is the address of a file, which pages may fetch. */
export function isFilePath(path: string): boolean {
  return /^\/api\/storage\/(?!upload$)[^/]+$/.test(path);
}

export function createHttp(options: HttpOptions): ServeHttp {
  const { runtime, authenticator, files, uploads, timestamp, stats } = options;
  const calls = createCalls(options);

  async function handle(request: IncomingMessage, response: ServerResponse, visit: Visit): Promise<void> {
    const { path, query } = visit.target;
    const { method } = request;
    if (isFilePath(path)) {
      const name = path.slice('/api/storage/'.length);
      return await serveFile(request, response, { files, name, onFound: visit.handshake.leave });
    }
    if (method === 'OPTIONS' && !isSite(path)) return void response.writeHead(204).end();
    if (path === '/api/storage/upload' && method === 'POST') {
      const token = query.get('token') ?? '';
      return await serveUpload(request, response, { files, uploads, token, onTaken: visit.handshake.leave });
    }
    if (path === '/') return void response.end('This Convex deployment is running.');
    if (path === '/version' || path === '/instance_version') return void response.end('embedded');
    if (path === '/instance_name') return void response.end(INSTANCE_NAME);
    const client = await authenticator.ofHeader(request.headers.authorization);
    if (client.isProven) visit.handshake.leave();
    const caller = { ...client.caller, request: metadataOf(request) };
    await handleAs({ ...client, caller }, request, response, visit);
  }

  async function handleAs(
    client: ClientIdentity,
    request: IncomingMessage,
    response: ServerResponse,
    visit: Visit,
  ): Promise<void> {
    const { path } = visit.target;
    const isPost = request.method === 'POST';
    const from = { request, response, visit, client };
    if (isSite(path)) {
      const address = `http://${request.headers.host ?? visit.target.host}${siteTarget(request, path)}`;
      return await serveHttpAction(runtime, { ...from, address, maxBytes: options.maxCallBytes });
    }
    const [, api, name = '', ...rest] = path.split('/');
    if (api !== 'api') throw notFound(path);
    const kind = rest.length === 0 ? CALLS[name] : undefined;
    if (kind && isPost) return await calls.call(kind, from);
    if (name === 'query' && request.method === 'GET') return await calls.get(from);
    if (name === 'query_ts') return sendJson(response, 200, { ts: encodeTimestamp(timestamp()) });
    if (name === 'query_batch' && isPost) return await calls.batch(from);
    if (name === 'run' && isPost) return await calls.call('any', { ...from, path: pathOfAddress(rest) });
    if (name === 'stats') return sendJson(response, 200, { ...stats(), ...requireAdmin(client) });
    throw unsupported(path) ?? notFound(path);
  }

  return async (request, response, visit) => {
    try {
      await handle(request, response, visit);
    } catch (error) {
      const { status, code, message } = answerOf(error);
      sendJson(response, status, { code, message });
    }
  };
}

/** @throws what is no answer but a fault */
function answerOf(error: unknown): Pick<HttpError, 'status' | 'code' | 'message'> {
  if (error instanceof HttpError) return error;
  if (error instanceof TokenError) return { status: 401, code: error.code, message: error.message };
  throw error;
}

function requireAdmin({ caller }: ClientIdentity): object {
  if (caller.isAdmin) return {};
  throw new HttpError(403, 'Forbidden', 'Only with the admin key.');
}

/** `folder/module/name` of `/api/run/folder/module/name`. */
function pathOfAddress(parts: readonly string[]): string {
  const decoded = parts.map(decodePart);
  const name = decoded.pop();
  if (name === undefined || decoded.length === 0) {
    throw new HttpError(400, 'MissingIdentifier', 'The address names a function like this: /api/run/messages/list');
  }
  return `${decoded.join('/')}:${name}`;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw notFound(part); // a percent sign that means nothing
  }
}

function isSite(path: string): boolean {
  return path === SITE_PATH || path.startsWith(`${SITE_PATH}/`);
}

/** Path and query as they were sent, without what is before them. */
function siteTarget({ url = '' }: IncomingMessage, path: string): string {
  const at = url.indexOf('?');
  return `${path.slice(SITE_PATH.length) || '/'}${at < 0 ? '' : url.slice(at)}`;
}
