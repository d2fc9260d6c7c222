/**
 * Who may look: requests that name this server as their host and their origin, and that know its token. A web page of
 * somebody else's fails all three, also when its name has been made to point to this machine (DNS rebinding).
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isLoopback } from '../../server/addresses.ts';

export const INSPECT_SUBPROTOCOL = 'earshot.inspect.1';
/** Prefix of the sub-protocol that carries the token: it is in no address, so in no log and no history of a browser. */
export const TOKEN_PREFIX = 'token.';

export function newToken(): string {
  return randomBytes(18).toString('base64url');
}

/** Whether the request was meant for this server: `listening` is the address that it was told to listen on. */
export function isOurHost(name: string, listening: string): boolean {
  if (isLoopback(name) || name === listening) return true;
  // On all addresses any of the machine's own will do; a name will not, because anybody may give it one.
  return !isLoopback(listening) && isIP(name) !== 0;
}

/** A browser names the page that asks. Only a page from here may. */
export function isOurOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin === undefined || origin === `http://${host}`;
}

export function hasToken({ headers }: IncomingMessage, token: string): boolean {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
  const given = offered.find((each) => each.startsWith(TOKEN_PREFIX))?.slice(TOKEN_PREFIX.length) ?? '';
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return offered.includes(INSPECT_SUBPROTOCOL) && a.length === b.length && timingSafeEqual(a, b);
}
