/**
 * The client of a request. Behind a proxy, the connection comes from the proxy, and the client is in a header that anybody can write.
 * So the header is used only from the proxies that a setting names, and only the one that they write.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { EarshotError } from '../core/errors.ts';
import { isLoopback, plainAddress } from './addresses.ts';
import { parseForwarded } from './forwarded.ts';
import type { RequestTarget } from './request-target.ts';

export interface RequestClient {
  /** The client's address, or that of the last proxy when the client is unknown. */
  address: string;
  /** Probably a program on this machine: from a loopback address, to a loopback address, and through no proxy. */
  isLocal: boolean;
  /** The proxies in between; `a stranger` is a proxy that is not trusted. */
  via: 'nobody' | 'a trusted proxy' | 'a stranger';
}

/** How a trusted proxy names its client: in a header of each request, or before the first byte of each connection. */
export const PROXY_HEADERS = ['x-forwarded-for', 'forwarded', 'proxy-protocol'] as const;
export type ProxyHeaderName = (typeof PROXY_HEADERS)[number];

export interface TrustedProxies {
  includes(address: string): boolean;
  /** Only this one is read: a proxy passes on the others as its client wrote them. */
  header: ProxyHeaderName;
}

export const NO_PROXIES: TrustedProxies = { includes: () => false, header: 'x-forwarded-for' };

/** Where a connection comes from. */
export interface Peer {
  address: string;
  /** The client that a trusted proxy has named with the PROXY protocol. */
  source?: string | undefined;
}

/** Headers that proxies, balancers and tunnels add. A proxy that adds none looks like a client. */
const FORWARDING =
  /^(x-)?forwarded(-|$)|^(via|x-real-ip|x-client-ip|true-client-ip|x-cluster-client-ip|cf-connecting-ip|fastly-client-ip|x-original-forwarded-for|x-envoy-external-address|cdn-loop)$/;

/** @param addresses IP addresses and networks (`10.0.0.0/8`). @throws EarshotError `usage` */
export function trustedProxies(
  addresses: readonly string[],
  header: ProxyHeaderName = 'x-forwarded-for',
): TrustedProxies {
  const list = new BlockList();
  for (const each of addresses) {
    const [address = '', prefix] = each.split('/', 2);
    const kind = isIP(address);
    const bits = prefix === undefined ? (kind === 6 ? 128 : 32) : Number(prefix);
    if (kind === 0 || !/^\d*$/.test(prefix ?? '') || prefix === '' || bits > (kind === 6 ? 128 : 32)) {
      throw new EarshotError(
        'usage',
        `“${each}” is not the address of a proxy`,
        'Write it like 192.0.2.7 or 10.0.0.0/8.',
      );
    }
    list.addSubnet(address, bits, kind === 6 ? 'ipv6' : 'ipv4');
  }
  return {
    includes: (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'),
    header,
  };
}

export function clientOf(
  { address: peer, source }: Peer,
  headers: IncomingHttpHeaders,
  target: RequestTarget,
  proxies: TrustedProxies,
): RequestClient {
  const isForwarded = Object.keys(headers).some((name) => FORWARDING.test(name));
  const isLocalTo = (address: string | undefined) => !isForwarded && isLoopback(address) && isLoopback(target.host);
  if (!proxies.includes(peer)) {
    return { address: peer, isLocal: isLocalTo(peer), via: isForwarded ? 'a stranger' : 'nobody' };
  }
  const via = 'a trusted proxy';
  if (proxies.header === 'proxy-protocol') return { address: source ?? peer, isLocal: isLocalTo(source), via };
  const address = behindProxies(namedIn(headers, proxies.header), proxies);
  return { address: address ?? peer, isLocal: isLoopback(address), via };
}

/** What each proxy has written, the first one first. */
function namedIn(headers: IncomingHttpHeaders, name: 'x-forwarded-for' | 'forwarded'): (string | undefined)[] {
  const header = String(headers[name] ?? '');
  return name === 'forwarded' ? (parseForwarded(header) ?? []) : header.split(',');
}

/** The right-most address that is no trusted proxy. The client may have written those to the left itself. */
function behindProxies(entries: readonly (string | undefined)[], proxies: TrustedProxies): string | undefined {
  let client: string | undefined;
  for (const entry of [...entries].reverse()) {
    const written = entry?.trim() ?? '';
    const address = plainAddress(
      /^\[(.+)\](?::\d+)?$/.exec(written)?.[1] ?? /^([\d.]+):\d+$/.exec(written)?.[1] ?? written,
    );
    if (isIP(address) === 0) return undefined;
    client = address;
    if (!proxies.includes(address)) return client;
  }
  return client;
}
