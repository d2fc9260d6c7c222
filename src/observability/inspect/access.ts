/**
 * Access control of the page: a request must have this server as its host and its origin, and must have its token. A foreign web page fails all
 * three, also with DNS rebinding.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isLoopback } from '../../server/addresses.ts';

export const INSPECT_SUBPROTOCOL = 'earshot.inspect.1';
/** Prefix of the sub-protocol with the token: a URL would put it into logs and the browser's history. */
export const TOKEN_PREFIX = 'token.';

export function newToken(): string {
  return randomBytes(18).toString('base64url');
}

/** Whether the host is this server; `listening` is the address that it listens on. */
export function isOurHost(name: string, listening: string): boolean {
  if (isLoopback(name) || name === listening) return true;
  // With all addresses, any address of the machine is right; a name is not, because a foreign DNS server could give it one.
  return !isLoopback(listening) && isIP(name) !== 0;
}

/** A browser sends the origin of the page that asks. Only a page of this server is allowed. */
export function isOurOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin === undefined || origin === `http://${host}`;
}

export function hasToken({ headers }: IncomingMessage, token: string): boolean {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
  const given = offered.find((each) => each.startsWith(TOKEN_PREFIX))?.slice(TOKEN_PREFIX.length) ?? '';
  return offered.includes(INSPECT_SUBPROTOCOL) && isSame(given, token);
}

/** Of a page that asks why its feed was refused. */
export function hasBearer({ headers }: IncomingMessage, token: string): boolean {
  return isSame(/^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '', token);
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
