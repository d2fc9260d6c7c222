/**
 * Convex's HTTP API: functions by POST, files up and down.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FunctionKind, Functions } from './functions.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import { encodeTimestamp } from './sync.ts';

const UPLOAD_LIFETIME_MS = 60 * 60_000;
/** Uploads that may be announced and not made; beyond that the oldest address is worth nothing any more. */
const MAX_UPLOADS = 1_000;
const STATUS_FUNCTION_FAILED = 560;

const KINDS: Record<string, FunctionKind | 'any'> = {
  query: 'query',
  query_at_ts: 'query',
  mutation: 'mutation',
  action: 'action',
  function: 'any',
};

/** Addresses at which one file may be uploaded, for an hour. */
export function createUploads(now: () => number) {
  const expiry = new Map<string, number>();
  return {
    announce(): string {
      const token = randomUUID();
      expiry.set(token, now() + UPLOAD_LIFETIME_MS);
      const oldest = expiry.size > MAX_UPLOADS ? expiry.keys().next().value : undefined;
      if (oldest !== undefined) expiry.delete(oldest);
      return token;
    },
    isValid: (token: string) => (expiry.get(token) ?? 0) > now(),
  };
}

export interface HttpOptions {
  functions: () => Functions;
  uploads: ReturnType<typeof createUploads>;
  timestamp: () => bigint;
}

export function serveHttp({ functions, uploads, timestamp }: HttpOptions): RequestListener {
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://cloud');
    const [, api, name = '', id] = pathname.split('/');
    const isPost = request.method === 'POST';
    if (pathname === '/version') return void response.end('embedded');
    if (api !== 'api') return json(response, 404, { code: 'NotFound', message: pathname });
    if (name === 'query_ts') return json(response, 200, { ts: encodeTimestamp(timestamp()) });
    const kind = KINDS[name];
    if (kind && isPost) return await call(kind, request, response);
    if (name === 'storage' && id === 'upload' && isPost) {
      return await upload(searchParams.get('token') ?? '', request, response);
    }
    if (name === 'storage' && id) return await download(decodeURIComponent(id), response);
    return json(response, 404, { code: 'NotFound', message: pathname });
  }

  async function call(kind: FunctionKind | 'any', request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path, args } = JSON.parse(String(await read(request)));
    const outcome = await functions().call(kind, path, Array.isArray(args) ? args[0] : args);
    if (outcome.ok) return json(response, 200, { status: 'success', value: outcome.value, logLines: [] });
    const { message: errorMessage, data: errorData } = outcome;
    return json(response, STATUS_FUNCTION_FAILED, { status: 'error', errorMessage, errorData, logLines: [] });
  }

  async function upload(token: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!uploads.isValid(token)) return json(response, 401, { code: 'InvalidStorageToken' });
    const blob = new Blob([await read(request)], { type: request.headers['content-type'] ?? '' });
    return json(response, 200, { storageId: await functions().storeFile(blob) });
  }

  async function download(id: string, response: ServerResponse): Promise<void> {
    const blob = await functions().readFile(id);
    if (!blob) return json(response, 404, { code: 'FileNotFound' });
    const type = blob.type || 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-length': blob.size });
    response.end(Buffer.from(await blob.arrayBuffer()));
  }

  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      json(response, error instanceof RangeError ? 413 : 500, { code: 'InternalServerError', message });
    });
  };
}

async function read(request: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_MESSAGE_BYTES) throw new RangeError(`more than ${MAX_MESSAGE_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks) as Buffer<ArrayBuffer>;
}

function json(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return void response.end();
  response.writeHead(status, { 'content-type': 'application/json', 'access-control-allow-origin': '*' });
  response.end(JSON.stringify(body));
}
