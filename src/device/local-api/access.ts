/**
 * Who may use the local API. Its Unix socket: whoever the file's mode lets in. Its port: whoever has the token, which is in a file that only
 * the daemon's user can read. No web page: a browser adds `Origin` or `Sec-Fetch-Site` to what a page sends, cannot open a Unix socket, and
 * never gets the token; with DNS rebinding the host is wrong.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { systemCode } from '../../core/errors.ts';
import { diskError } from '../../core/files/disk-errors.ts';
import { apiTokenFile } from '../../core/files/paths.ts';
import { replacePrivateFile } from '../../core/files/private-files.ts';
import { openPrivateFolder } from '../../core/files/private-folder.ts';
import { isLoopback } from '../../server/addresses.ts';

const TOKEN = /^[\w-]{32,256}$/;

/** The token of this state folder; made when there is none, or a damaged one. @throws EarshotError `store_failed`, `store_full` */
export function apiToken(state: string): string {
  const path = apiTokenFile(state);
  const token = readToken(path);
  if (token !== undefined) return token;
  openPrivateFolder(state);
  const created = randomBytes(32).toString('base64url');
  replacePrivateFile(path, `${created}\n`, 'content');
  return created;
}

function readToken(path: string): string | undefined {
  try {
    const token = readFileSync(path, 'utf8').trim();
    return TOKEN.test(token) ? token : undefined;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw diskError(path, cause);
  }
}

export interface AccessRefusal {
  status: 401 | 403;
  code: 'not_authorized' | 'not_for_pages';
  message: string;
  hint: string;
}

/** @param token undefined: none is needed (the Unix socket) */
export function refusalOf(
  { headers }: IncomingMessage,
  host: string,
  token: string | undefined,
): AccessRefusal | undefined {
  const site = headers['sec-fetch-site'];
  if (headers.origin !== undefined || (site !== undefined && site !== 'none') || !isLoopback(host)) {
    const hint = 'Use a program on this machine, and localhost or 127.0.0.1 as the host.';
    return { status: 403, code: 'not_for_pages', message: 'The local API is not for web pages', hint };
  }
  if (token === undefined || hasToken(headers.authorization, token)) return undefined;
  const hint = 'Send Authorization: Bearer, and the content of the file api-token in the state folder.';
  return { status: 401, code: 'not_authorized', message: 'The token is missing or wrong', hint };
}

function hasToken(authorization: string | undefined, token: string): boolean {
  const given = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
