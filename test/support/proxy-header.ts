/**
 * A header of the PROXY protocol, version 2, written from its specification.
 */
import { isIP } from 'node:net';

const SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);

export interface ProxyHeaderFields {
  /** Default: proxy. */
  command?: 'proxy' | 'local';
  /** IPv4 or IPv6. */
  source?: string;
  /** Without a source. */
  family?: 'unknown' | 'unix';
  /** Further fields (TLV), as they are. */
  extra?: Buffer;
}

export function proxyHeader({ command = 'proxy', source, family, extra = Buffer.alloc(0) }: ProxyHeaderFields): Buffer {
  const addresses = source === undefined ? Buffer.alloc(family === 'unix' ? 216 : 0) : addressesOf(source);
  const kind = source === undefined ? (family === 'unix' ? 0x31 : 0x00) : isIP(source) === 6 ? 0x21 : 0x11;
  const head = Buffer.from([command === 'local' ? 0x20 : 0x21, kind, 0, 0]);
  head.writeUInt16BE(addresses.length + extra.length, 2);
  return Buffer.concat([SIGNATURE, head, addresses, extra]);
}

/** From the source to an address of the proxy, with ports. */
function addressesOf(source: string): Buffer {
  const address = isIP(source) === 6 ? bytesOfIpv6(source) : Buffer.from(source.split('.').map(Number));
  return Buffer.concat([address, Buffer.alloc(address.length, 1), Buffer.from([0x12, 0x34, 0x01, 0xbb])]);
}

function bytesOfIpv6(text: string): Buffer {
  const [left = '', right] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string | undefined) => (part ? part.split(':') : []);
  const [head, tail] = [groups(left), groups(right)];
  const all = [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.from(all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]));
}
