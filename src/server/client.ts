/**
 * The client of a request. Behind a proxy, the connection comes from the proxy, and the client is in a header that anybody can write.
 * So the header is used only from the proxies that a setting names.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { EarshotError } from '../core/errors.ts';
import { isLoopback, plainAddress } from './addresses.ts';
import type { RequestTarget } from './request-target.ts';

export interface RequestClient {
  /** The client's address, or that of the last proxy when the client is unknown. */
  address: string;
  /** Probably a program on this machine: from a loopback address, to a loopback address, and through no proxy. */
  isLocal: boolean;
  /** The proxies in between; `a stranger` is a proxy that is not trusted. */
  via: 'nobody' | 'a trusted proxy' | 'a stranger';
}

export interface TrustedProxies {
  includes(address: string): boolean;
}

export const NO_PROXIES: TrustedProxies = { includes: () => false };

/** Headers that proxies, balancers and tunnels add. A proxy that adds none looks like a client. */
const FORWARDING =
  /^(x-)?forwarded(-|$)|^(via|x-real-ip|x-client-ip|true-client-ip|x-cluster-client-ip|cf-connecting-ip|fastly-client-ip|x-original-forwarded-for|x-envoy-external-address|cdn-loop)$/;

/** @param addresses IP addresses and networks (`10.0.0.0/8`). @throws EarshotError `usage` */
export function trustedProxies(addresses: readonly string[]): TrustedProxies {
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
  return { includes: (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') };
}

export function clientOf(
  { socket, headers }: Pick<IncomingMessage, 'headers'> & { socket: { remoteAddress?: string | undefined } },
  target: RequestTarget,
  proxies: TrustedProxies,
): RequestClient {
  const peer = plainAddress(socket.remoteAddress ?? '');
  if (!proxies.includes(peer)) {
    const via = Object.keys(headers).some((name) => FORWARDING.test(name)) ? 'a stranger' : 'nobody';
    return { address: peer, isLocal: via === 'nobody' && isLoopback(peer) && isLoopback(target.host), via };
  }
  const address = behindProxies(headers['x-forwarded-for'], proxies);
  return { address: address ?? peer, isLocal: isLoopback(address), via: 'a trusted proxy' };
}

/** The right-most address that is no trusted proxy. The client may have written those to the left itself. */
function behindProxies(header: IncomingHttpHeaders[string], proxies: TrustedProxies): string | undefined {
  let client: string | undefined;
  for (const entry of String(header ?? '')
    .split(',')
    .reverse()) {
    const written = entry.trim();
    const address = plainAddress(
      /^\[(.+)\](?::\d+)?$/.exec(written)?.[1] ?? /^([\d.]+):\d+$/.exec(written)?.[1] ?? written,
    );
    if (isIP(address) === 0) return undefined;
    client = address;
    if (!proxies.includes(address)) return client;
  }
  return client;
}
