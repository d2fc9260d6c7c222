/**
 * Under which names this gateway's pages may be asked for, and which pages may use it. A browser tells both (`Host`, `Origin`). A foreign page
 * has another origin; and if its name was made to point here (DNS rebinding), the host is not one of ours.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { EarshotError } from '../../core/errors.ts';
import { isLoopback } from '../../server/addresses.ts';
import type { Visit } from '../../server/front-door.ts';

type Asked = Pick<IncomingMessage, 'headers'>;

export interface PageOrigins {
  isOurHost(visit: Visit): boolean;
  /** It comes from a page of this gateway. */
  isOurPage(request: Asked, visit: Visit): boolean;
  /** It may connect as a device: a page of ours, or of a listed origin. */
  mayStream(request: Asked, visit: Visit): boolean;
}

export interface PageOriginSettings {
  /** The address that the gateway listens on. */
  listening: string;
  isTls: boolean;
  /** The names in its certificate. Under another name a browser does not accept it. */
  certified: () => readonly string[];
  /** Where browsers reach it: through a proxy. */
  publicUrl?: URL | undefined;
  /** Of other pages that may connect as a device: `https://pages.example`. */
  allowed: readonly string[];
}

export function createPageOrigins({
  listening,
  isTls,
  certified,
  publicUrl,
  allowed,
}: PageOriginSettings): PageOrigins {
  // Only the local network decides what these names are, not the server of a page.
  const own = [listening, hostname(), `${hostname()}.local`].map((name) => name.toLowerCase());
  const isCertified = (host: string) => certified().some((name) => covers(name, host));

  // An address is no name that anybody could have made to point here.
  function isOurHost({ target: { host } }: Visit): boolean {
    return (
      isIP(host) !== 0 || isLoopback(host) || own.includes(host) || host === hostOf(publicUrl) || isCertified(host)
    );
  }

  function isOurPage({ headers: { origin, host } }: Asked, visit: Visit): boolean {
    if (origin === undefined || host === undefined || !isOurHost(visit)) return false;
    if (host.toLowerCase() === publicUrl?.host) return origin === publicUrl.origin;
    return origin === `${isTls ? 'https' : 'http'}://${host.toLowerCase()}`;
  }

  return {
    isOurHost,
    isOurPage,
    mayStream: (request, visit) =>
      isOurPage(request, visit) || (request.headers.origin !== undefined && allowed.includes(request.headers.origin)),
  };
}

function hostOf(url: URL | undefined): string | undefined {
  return url?.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Whether a name of a certificate (`*.example.com`: for one label) is for this host. */
function covers(name: string, host: string): boolean {
  if (!name.startsWith('*.')) return name === host;
  return host.slice(host.indexOf('.')) === name.slice(1);
}

/** An origin as browsers send it. @throws EarshotError `usage` */
export function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  throw new EarshotError('usage', `“${text}” is not an origin`, 'Write it like https://pages.example');
}
