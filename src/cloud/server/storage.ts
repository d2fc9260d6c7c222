/**
 * Files by HTTP: each is sent to an address that was given out for one, and fetched at an address that cannot be guessed, whole or in part.
 */
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { parseRange } from './byte-range.ts';
import { brokenOff, HttpError, notFound, sendJson } from './http-answer.ts';
import type { Uploads } from './uploads.ts';

/** Of one file. */
export const MAX_FILE_BYTES = 32 * 1_024 * 1_024;
/** A file never changes. */
const CACHE_S = 30 * 24 * 60 * 60;

/** A file on the disk. */
export interface ServedFile {
  path: string;
  bytes: number;
  contentType: string | null;
  /** In Base64. */
  sha256: string;
}

export interface ServedFiles {
  /**
   * Stores what comes, whole or not at all, and resolves to its storage id.
   *
   * @param sha256 in Base64; undefined: any
   * @throws HttpError
   */
  store(content: AsyncIterable<Buffer>, contentType: string | null, sha256: string | undefined): Promise<string>;
  /** By the name in its address. */
  find(name: string): Promise<ServedFile | undefined>;
}

export async function serveUpload(
  request: IncomingMessage,
  response: ServerResponse,
  { files, uploads, token, onTaken }: { files: ServedFiles; uploads: Uploads; token: string; onTaken: () => void },
): Promise<void> {
  if (!uploads.take(token)) {
    throw new HttpError(401, 'StorageTokenExpired', 'This upload address was not announced, was used, or is too old.');
  }
  onTaken();
  try {
    const contentType = request.headers['content-type'] ?? null;
    const storageId = await files.store(request, contentType, digestOf(request.headers.digest));
    sendJson(response, 200, { storageId });
  } catch (error) {
    uploads.giveBack(token);
    throw request.readableAborted ? brokenOff() : error;
  }
}

/** Of the header `Digest: sha-256=…`. */
function digestOf(header: string | string[] | undefined): string | undefined {
  return /(?:^|,)\s*sha-256=([^,\s]+)/i.exec(String(header ?? ''))?.[1];
}

export async function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  { files, name, onFound }: { files: ServedFiles; name: string; onFound: () => void },
): Promise<void> {
  // Whoever has the address may read it, a page as well.
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('cross-origin-resource-policy', 'cross-origin');
  response.setHeader('access-control-expose-headers', 'accept-ranges, content-length, content-range, digest, etag');
  if (request.method === 'OPTIONS') return preflight(response);
  const file = await files.find(decode(name));
  if (!file) throw notFound(name);
  onFound();
  const { bytes, contentType, sha256 } = file;
  const etag = `"${Buffer.from(sha256, 'base64').toString('hex')}"`;
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('cache-control', `private, max-age=${CACHE_S}`);
  response.setHeader('etag', etag);
  // It came from anybody. By the headers of every answer a browser runs nothing of it (security-headers.ts).
  if (contentType) response.setHeader('content-type', contentType);
  if (isKnown(request.headers['if-none-match'], etag)) return void response.writeHead(304).end();

  const ifRange = request.headers['if-range'];
  const range = ifRange === undefined || ifRange === etag ? parseRange(request.headers.range, bytes) : 'whole';
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${bytes}` });
    return void response.end();
  }
  if (range === 'whole') {
    response.writeHead(200, { 'content-length': bytes, digest: `sha-256=${sha256}` });
    return await send(request, response, file, { first: 0, last: bytes - 1 });
  }
  const { first, last } = range;
  response.writeHead(206, { 'content-length': last - first + 1, 'content-range': `bytes ${first}-${last}/${bytes}` });
  await send(request, response, file, range);
}

async function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { path, bytes }: ServedFile,
  { first, last }: { first: number; last: number },
): Promise<void> {
  if (method === 'HEAD' || bytes === 0) return void response.end();
  // Who does not take it has gone, or is dropped by the front door.
  await pipeline(createReadStream(path, { start: first, end: last }), response).catch(() => response.destroy());
}

function preflight(response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, HEAD, OPTIONS',
    'access-control-allow-headers': 'range, if-range, if-none-match',
    'access-control-max-age': '86400',
  });
  response.end();
}

function isKnown(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((each) => [etag, '*', `W/${etag}`].includes(each.trim()));
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw notFound(part); // a percent sign that means nothing
  }
}
