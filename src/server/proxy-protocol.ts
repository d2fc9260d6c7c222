/**
 * The header of the PROXY protocol, version 2 (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt): a proxy sends it before the
 * first byte of the client, and names the client in it. Pure.
 */
import { SocketAddress } from 'node:net';
import { plainAddress } from './addresses.ts';

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Signature, version and command, family, and the length of what follows. */
const FIXED_BYTES = 16;
const LOCAL = 0x20;
const PROXY = 0x21;
const TCP4 = 0x11;
const TCP6 = 0x21;
/** Where the client's address is not one of IP: unknown, UDP, Unix sockets. Others are not defined. */
const FAMILIES_WITHOUT_ADDRESS = [0x00, 0x12, 0x22, 0x31, 0x32];
/** Two addresses and two ports. */
const TCP4_BYTES = 12;
const TCP6_BYTES = 36;

export interface ProxyHeader {
  /** In bytes; what the client has sent begins after it. */
  length: number;
  /** The client's address; undefined: the proxy speaks for itself (a health check), or does not know it. */
  source: string | undefined;
}

/** @returns `incomplete`: more bytes are needed; at most 65,551 in all */
export function parseProxyHeader(bytes: Buffer): ProxyHeader | 'incomplete' | 'invalid' {
  const known = Math.min(bytes.length, SIGNATURE.length);
  if (!bytes.subarray(0, known).equals(SIGNATURE.subarray(0, known))) return 'invalid';
  if (bytes.length < FIXED_BYTES) return 'incomplete';
  const [command, family] = [bytes[12] ?? 0, bytes[13] ?? 0];
  if (command !== LOCAL && command !== PROXY) return 'invalid';
  const length = FIXED_BYTES + bytes.readUInt16BE(14);
  if (bytes.length < length) return 'incomplete';
  if (command === LOCAL) return { length, source: undefined };
  const addresses = bytes.subarray(FIXED_BYTES, length);
  if (family === TCP4) return addresses.length < TCP4_BYTES ? 'invalid' : { length, source: ipv4(addresses) };
  if (family === TCP6) return addresses.length < TCP6_BYTES ? 'invalid' : { length, source: ipv6(addresses) };
  return FAMILIES_WITHOUT_ADDRESS.includes(family) ? { length, source: undefined } : 'invalid';
}

function ipv4(bytes: Buffer): string {
  return bytes.subarray(0, 4).join('.');
}

function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  return plainAddress(new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address);
}
