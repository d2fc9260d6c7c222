/**
 * Parses the target of an HTTP request, which may be anything. Not with `new URL`, which throws.
 */
import type { IncomingMessage } from 'node:http';

export interface RequestTarget {
  /** Not percent-decoded: no route of ours needs it. */
  path: string;
  query: URLSearchParams;
  /** The host of the request, in lower case, without port and brackets. */
  host: string;
}

/** A host (a name, an IPv4 address, or an IPv6 address in brackets) and an optional port. */
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._~-]+))(?::\d{0,5})?$/i;
/** The absolute form, as to a proxy. A server must accept it, too (RFC 9112 §3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)([^#]*)$/i;

/** Undefined for an invalid target: it is answered with 400. */
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
