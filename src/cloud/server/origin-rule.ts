/**
 * Which web pages may ask the cloud. Its clients are programs on this machine. A page in a browser may fetch a file whose address it was
 * given, and no more, unless its origin is in the settings; under a name that was made to point here nothing is answered.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopback } from '../../server/addresses.ts';
import type { Visit } from '../../server/front-door.ts';

export interface OriginRule {
  /** Sync and calls. */
  mayCall(request: IncomingMessage, visit: Visit): boolean;
  /** Files. */
  mayFetch(request: IncomingMessage, visit: Visit): boolean;
  /** For pages of a listed origin. */
  allow(request: IncomingMessage, response: ServerResponse): void;
}

/** @param origins of pages that may call: `https://pages.example` */
export function createOriginRule(origins: readonly string[]): OriginRule {
  const isListed = (origin: string | undefined) => origin !== undefined && origins.includes(origin);
  return {
    mayCall({ headers }, { target }) {
      if (isListed(headers.origin)) return isLoopback(target.host);
      return headers.origin === undefined && isLoopback(target.host);
    },
    mayFetch: ({ method }, { target }) => isLoopback(target.host) && /^(?:GET|HEAD|OPTIONS)$/.test(method ?? ''),
    allow({ headers }, response) {
      if (!isListed(headers.origin)) return;
      response.setHeader('access-control-allow-origin', headers.origin ?? '');
      response.setHeader('vary', 'Origin');
      response.setHeader('access-control-allow-methods', 'GET, HEAD, POST, OPTIONS');
      const asked = headers['access-control-request-headers'];
      if (asked !== undefined) response.setHeader('access-control-allow-headers', asked);
    },
  };
}
