/**
 * Files that a server hands out: those that a folder has at the start, and no others. They are in memory, so a request reads no disk; each is
 * compressed once, in the thread pool, when it is first asked for.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { systemCode } from '../core/errors.ts';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};
/** They are compressed already. */
const COMPRESSED = ['.ico', '.png', '.woff2'];
/** A shorter file is not worth it. */
const MIN_GZIP_BYTES = 512;
const compress = promisify(gzip);

export interface StaticFile {
  type: string;
  content: Buffer;
  etag: string;
  /** Undefined: it is not compressed. */
  gzipped(): Promise<Buffer> | undefined;
}

/** The files of a folder and below it, by their paths with `/`; none where there is no such folder. @throws the system's errors */
export function readStaticFiles(folder: string): ReadonlyMap<string, StaticFile> {
  const names = filesIn(folder).filter((name) => extname(name) in TYPES);
  return new Map(names.map((name) => [name.replaceAll(sep, '/'), staticFile(join(folder, name))]));
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** @throws the system's errors */
export function staticFile(path: string): StaticFile {
  const content = readFileSync(path);
  const extension = extname(path);
  const isCompressible = content.length >= MIN_GZIP_BYTES && !COMPRESSED.includes(extension);
  let compressed: Promise<Buffer> | undefined;
  return {
    type: TYPES[extension] ?? 'application/octet-stream',
    content,
    // Weak: the compressed file has the same.
    etag: `W/"${createHash('sha256').update(content).digest('base64url')}"`,
    gzipped() {
      if (isCompressible) compressed ??= compress(content, { level: 9 });
      return compressed;
    },
  };
}

/** Answers GET and HEAD. A browser keeps the file, and asks each time whether it is still the same. */
export async function serveStaticFile(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  { type, content, etag, gzipped }: StaticFile,
  more: Record<string, string>,
): Promise<void> {
  const fields = { ...more, 'cache-control': 'no-cache', etag, vary: 'accept-encoding' };
  if (isKnown(headers['if-none-match'], etag)) return void response.writeHead(304, fields).end();
  const compressed = acceptsGzip(headers['accept-encoding']) ? await gzipped() : undefined;
  const body = compressed ?? content;
  response.writeHead(200, {
    ...fields,
    'content-type': type,
    'content-length': body.length,
    ...(compressed && { 'content-encoding': 'gzip' }),
  });
  response.end(method === 'HEAD' ? undefined : body);
}

function isKnown(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((each) => each.trim() === etag);
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .some((each) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(each));
}
