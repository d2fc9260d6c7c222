/**
 * IP addresses of clients: which are this machine, and which count as one client.
 */
import { isIP } from 'node:net';

/** The normal form of an address: an IPv4-mapped IPv6 address (`::ffff:192.0.2.7`) as IPv4, without a zone. */
export function plainAddress(address: string): string {
  return (/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address.replace(/%.*$/, '')).toLowerCase();
}

/** Whether the address is this machine. `localhost` is the only name that counts. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = plainAddress(address);
  return plain === 'localhost' || plain === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain);
}

/** The key of a client: its IPv4 address, or its IPv6 /64, because one house usually has a whole /64. */
export function clientKey(address: string): string {
  const plain = plainAddress(address);
  return isIP(plain) === 6 ? `${groupsOf(plain).slice(0, 4).join(':')}::/64` : plain;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): string[] {
  // In the canonical form an IPv4 address at the end is two groups as well.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [left = '', right] = canonical.split('::');
  const [head, tail] = [left, right ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const [first, last] = [head ?? [], tail ?? []];
  return [...first, ...Array(8 - first.length - last.length).fill('0'), ...last];
}
