/**
 * IP addresses as servers see them: which are this machine, and which count as one client's.
 */
import { isIP } from 'node:net';

/** An address as it is compared: IPv4 also where it came in IPv6's clothes (`::ffff:192.0.2.7`), without a zone. */
export function plainAddress(address: string): string {
  return (/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address.replace(/%.*$/, '')).toLowerCase();
}

/** Whether it is this machine; `localhost` is the one name that says so. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = plainAddress(address);
  return plain === 'localhost' || plain === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain);
}

/** Whose address it is: one client's is an IPv4 address, or the /64 that a network gives to one house. */
export function clientKey(address: string): string {
  const plain = plainAddress(address);
  return isIP(plain) === 6 ? `${groupsOf(plain).slice(0, 4).join(':')}::/64` : plain;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): string[] {
  // In its canonical form, an IPv4 address at the end is two groups as well.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [left = '', right] = canonical.split('::');
  const [head, tail] = [left, right ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const [first, last] = [head ?? [], tail ?? []];
  return [...first, ...Array(8 - first.length - last.length).fill('0'), ...last];
}
