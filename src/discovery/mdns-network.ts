/**
 * Multicast DNS on one network of this machine: sends and receives packets, and drops what is too large, too much or invalid.
 */
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { type DecodedPacket, decode, encode, type Packet } from 'dns-packet';
import type { Scope } from '../core/actor/scope.ts';
import { createTokenBucket } from '../core/limits/token-bucket.ts';

const PORT = 5353;
const GROUP = '224.0.0.251';
/** RFC 6762 §17. */
const MAX_PACKET_BYTES = 9_000;
/** Questions and records of a packet. A service has four, and Apple's devices send some thirty in one. */
const MAX_RECORDS = 128;
/** Packets that are read in a second. A house has a few. */
const PACKETS_PER_SECOND = 200;
/** RFC 6762 §11: so far a router does not forward. */
const TIME_TO_LIVE = 255;

export interface MdnsLink {
  /** Of this machine, on this network. */
  readonly address: string;
  send(packet: Packet): void;
  /** @param farewell sent before it closes */
  close(farewell?: Packet): void;
}

export interface LinkHandlers {
  onPacket(packet: DecodedPacket): void;
  /** It cannot send or receive any more. */
  onFailed(error: Error): void;
}

/** Opens a link. Handlers run in the scope, which also closes it. */
export type OpenLink = (address: string, handlers: LinkHandlers, scope: Scope) => MdnsLink;

export const openMdnsLink: OpenLink = (address, { onPacket, onFailed }, scope) => {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  const filter = createPacketFilter(() => scope.clock.now());
  let state: 'opening' | 'open' | 'closed' = 'opening';
  const waiting: Buffer[] = [];

  const transmit = (bytes: Buffer, done = () => {}) => socket.send(bytes, PORT, GROUP, done);
  const close = (farewell?: Packet) => {
    if (state === 'closed') return;
    if (farewell && state === 'open') transmit(encode(farewell), () => socket.close());
    else socket.close();
    state = 'closed';
  };
  const fail = (error: Error) => {
    if (state === 'closed') return;
    close();
    onFailed(error);
  };
  socket.on('error', scope.guard(fail));
  socket.on(
    'message',
    scope.guard((bytes: Buffer, { port }: { port: number }) => {
      const packet = filter(bytes, port);
      if (packet) onPacket(packet);
    }),
  );
  socket.bind(
    PORT,
    scope.guard(() => {
      try {
        socket.addMembership(GROUP, address);
        socket.setMulticastInterface(address);
        socket.setMulticastTTL(TIME_TO_LIVE);
      } catch (error) {
        return fail(error as Error);
      }
      state = 'open';
      for (const bytes of waiting.splice(0)) transmit(bytes);
    }),
  );
  scope.onEnd(() => close());
  return {
    address,
    send(packet) {
      const bytes = encode(packet);
      if (state === 'open') transmit(bytes);
      // A handful is sent while it opens, which takes a moment.
      else if (state === 'opening') waiting.push(bytes);
    },
    close,
  };
};

/** Reads a packet, if it may be one and there were not too many. */
export function createPacketFilter(nowMs: () => number) {
  const allowance = createTokenBucket(PACKETS_PER_SECOND, 1_000);
  return (bytes: Buffer, port: number): DecodedPacket | undefined => {
    if (bytes.length > MAX_PACKET_BYTES || countOf(bytes) > MAX_RECORDS || !allowance.takeOne(nowMs())) return;
    // RFC 6762 §6: a response from another port is none.
    if (isResponse(bytes) && port !== PORT) return;
    try {
      return decode(bytes);
    } catch {
      // Not DNS: anybody may send anything to this port.
      return;
    }
  };
}

/** The four counts of the header. */
function countOf(bytes: Buffer): number {
  if (bytes.length < 12) return Number.POSITIVE_INFINITY;
  return [4, 6, 8, 10].reduce((sum, at) => sum + bytes.readUInt16BE(at), 0);
}

function isResponse(bytes: Buffer): boolean {
  return ((bytes[2] ?? 0) & 0x80) !== 0;
}

/** IPv4 addresses of this machine: for other machines, or for this machine only. */
export function ownAddresses(which: 'others' | 'all'): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const chosen = all.filter(({ family, internal }) => family === 'IPv4' && (which === 'all' || !internal));
  return [...new Set(chosen.map(({ address }) => address))];
}
