/**
 * What an HTTP request asks for, read from what anybody may have sent: never by `new URL`, which throws.
 */
import type { IncomingMessage } from 'node:http';

export interface RequestTarget {
  /** As it was sent, with its percent signs: no file and no route of ours has one. */
  path: string;
  query: URLSearchParams;
  /** The host that the request names, in lower case, without port and brackets. */
  host: string;
}

/** A host (a name, an IPv4 address, or an IPv6 address in brackets), and perhaps a port. */
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._~-]+))(?::\d{0,5})?$/i;
/** The form that a request has to a proxy; a server must take it, too (RFC 9112 §3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)([^#]*)$/i;

/** Undefined: it asks for nothing that a server could have, and is answered with 400. */
export function parseTarget({
  url = '',
  headers,
}: Pick<IncomingMessage, 'url' | 'headers'>): RequestTarget | undefined {
  const [, named, rest] = ABSOLUTE.exec(url) ?? [undefined, headers.host, url];
  const host = hostOf(named);
  if (host === undefined || rest === undefined) return undefined;
  const at = rest.indexOf('?');
  const path = at < 0 ? rest : rest.slice(0, at);
  if (path !== '' && !path.startsWith('/')) return undefined;
  return { path: path || '/', query: new URLSearchParams(at < 0 ? '' : rest.slice(at)), host };
}

function hostOf(authority: string | undefined): string | undefined {
  const [, address, name] = AUTHORITY.exec(authority ?? '') ?? [];
  return (address ?? name)?.toLowerCase();
}
