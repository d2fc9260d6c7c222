/**
 * Convex's HTTP API: functions by POST, files up and down. Whoever is on this machine can ask; a call needs a key or a token,
 * a file an address that was given out for it.
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { JSONValue } from 'convex/values';
import * as v from 'valibot';
import type { Visit } from '../server/front-door.ts';
import type { FunctionKind, Functions } from './functions.ts';
import { MAX_FILE_BYTES } from './limits.ts';
import type { OneByOne } from './one-by-one.ts';
import { receiveFile, type StoredFile } from './stored-file.ts';
import { encodeTimestamp } from './sync.ts';
import type { createUnprovenBytes } from './unproven-bytes.ts';

const UPLOAD_LIFETIME_MS = 60 * 60_000;
/** Uploads that may be announced and not made; beyond that the oldest address is worth nothing any more. */
const MAX_UPLOADS = 1_000;
const STATUS_FUNCTION_FAILED = 560;

const KINDS = new Map<string, FunctionKind | 'any'>([
  ['query', 'query'],
  ['query_at_ts', 'query'],
  ['mutation', 'mutation'],
  ['action', 'action'],
  ['function', 'any'],
]);
const callBody = v.object({ path: v.string(), args: v.custom<JSONValue>((args) => args !== undefined) });

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

/**
 * Names under which files are fetched: convex-test counts its ids, and who counts along must not hear what was said. A name is
 * an id and what only the holder of the key can make of it, so it is good as long as the file, and after a crash, too.
 */
export function createFileNames(key: string) {
  const proofOf = (id: string) => createHmac('sha256', key).update(`file ${id}`).digest('base64url');
  return {
    nameOf: (id: string) => `${proofOf(id)}.${id}`,
    idOf(name: string): string | undefined {
      const at = name.indexOf('.');
      const id = name.slice(at + 1);
      const [given, proof] = [Buffer.from(name.slice(0, Math.max(at, 0))), Buffer.from(proofOf(id))];
      return given.length === proof.length && timingSafeEqual(given, proof) ? id : undefined;
    },
  };
}

export interface HttpOptions {
  functions: () => Functions;
  uploads: ReturnType<typeof createUploads>;
  files: ReturnType<typeof createFileNames>;
  unproven: ReturnType<typeof createUnprovenBytes>;
  unprovenCalls: OneByOne;
  maxCallBytes: number;
  timestamp: () => bigint;
}

/** What is wrong with a request, as its answer. */
class HttpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function serveHttp(options: HttpOptions) {
  const { functions, uploads, files, unproven, unprovenCalls, maxCallBytes, timestamp } = options;

  async function handle(request: IncomingMessage, response: ServerResponse, visit: Visit): Promise<void> {
    const { path, query } = visit.target;
    const [, api, name = '', id = ''] = path.split('/');
    const isPost = request.method === 'POST';
    if (path === '/version') return void response.end('embedded');
    if (api !== 'api') throw notFound(path);
    if (name === 'query_ts') return json(response, 200, { ts: encodeTimestamp(timestamp()) });
    const kind = KINDS.get(name);
    if (kind && isPost) return await call(kind, request, response, visit);
    if (name === 'storage' && id === 'upload' && isPost) {
      if (!uploads.isValid(query.get('token') ?? '')) throw new HttpError(401, 'InvalidStorageToken', 'not announced');
      visit.handshake.leave();
      return json(response, 200, { storageId: await functions().storeFile(await upload(request)) });
    }
    const file = name === 'storage' ? files.idOf(decode(id)) : undefined;
    if (file === undefined) throw notFound(path);
    visit.handshake.leave();
    return await download(file, response);
  }

  async function call(
    kind: FunctionKind | 'any',
    request: IncomingMessage,
    response: ServerResponse,
    { handshake }: Visit,
  ): Promise<void> {
    const { path, args } = parseCall(await readCall(request));
    const outcome = await unprovenCalls(() =>
      functions().call(kind, path, (Array.isArray(args) ? args[0] : args) ?? {}),
    );
    if (outcome.ok) {
      handshake.leave();
      return json(response, 200, { status: 'success', value: outcome.value, logLines: [] });
    }
    const { message: errorMessage, data: errorData } = outcome;
    return json(response, STATUS_FUNCTION_FAILED, { status: 'error', errorMessage, errorData, logLines: [] });
  }

  async function readCall(request: IncomingMessage): Promise<string> {
    const caller = unproven.enter(() => request.destroy());
    try {
      return String(await read(request, maxCallBytes, caller.add));
    } finally {
      caller.leave();
    }
  }

  async function upload(request: IncomingMessage): Promise<StoredFile> {
    const type = request.headers['content-type'] ?? '';
    const options = { path: functions().uploadPath(), type, maxBytes: MAX_FILE_BYTES };
    try {
      return await receiveFile(request, { ...options, tooLarge: () => tooLarge(MAX_FILE_BYTES) });
    } catch (error) {
      if (request.readableAborted) throw brokenOff();
      throw error;
    }
  }

  async function download(id: string, response: ServerResponse): Promise<void> {
    const file = await functions().readFile(id);
    if (!file) throw notFound(id);
    response.writeHead(200, { 'content-type': file.type || 'application/octet-stream', 'content-length': file.size });
    // Who does not take it has gone, or is dropped by the front door.
    await pipeline(createReadStream(file.path), response).catch(() => response.destroy());
  }

  return async (request: IncomingMessage, response: ServerResponse, visit: Visit): Promise<void> => {
    try {
      await handle(request, response, visit);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      json(response, error.status, { code: error.code, message: error.message });
    }
  };
}

function notFound(what: string): HttpError {
  return new HttpError(404, 'NotFound', what);
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, 'TooLarge', `more than ${maxBytes} bytes`);
}

function brokenOff(): HttpError {
  return new HttpError(400, 'Aborted', 'the request broke off');
}

function parseCall(text: string): v.InferOutput<typeof callBody> {
  try {
    return v.parse(callBody, JSON.parse(text));
  } catch {
    throw new HttpError(400, 'BadJsonBody', 'a call is {"path": …, "args": …}');
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw notFound(part); // a percent sign that means nothing
  }
}

async function read(
  request: IncomingMessage,
  maxBytes: number,
  onBytes: (bytes: number) => void,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      onBytes(chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw brokenOff();
  }
  return Buffer.concat(chunks) as Buffer<ArrayBuffer>;
}

function json(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return void response.end();
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
