/**
 * The connections that an HTTP server has accepted: from whom each is, and its handshake. Where a trusted proxy names its client by the PROXY
 * protocol, the server gets the connection after that header.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Log } from '../core/log/log.ts';
import { createOccasionalLog } from '../core/log/occasional-log.ts';
import { clientKey, plainAddress } from './addresses.ts';
import type { Peer, TrustedProxies } from './client.ts';
import type { Handshake, Handshakes } from './handshakes.ts';
import { readOpening } from './opening-bytes.ts';
import { parseProxyHeader } from './proxy-protocol.ts';

export interface AcceptedConnection {
  peer: Peer;
  handshake: Handshake;
}

/** What another process has found out about a connection that it hands over. */
export interface HandedOver {
  /** The client that a trusted proxy has named with the PROXY protocol. */
  source: string | undefined;
  /** What was read of it, after that. */
  opening: Buffer;
}

export interface ConnectionsOptions {
  handshakes: Pick<Handshakes, 'enter'>;
  proxies: TrustedProxies;
  /** For the header of a proxy. Infinity: no limit. */
  requestMs: number;
  log: Log;
}

export interface Connections {
  /** @param socket the one that requests come from */
  of(socket: Duplex): AcceptedConnection | undefined;
  /** A connection that another process has accepted. */
  take(socket: Socket, handed: HandedOver): void;
  /** Resolves when there is none any more. */
  ended(): Promise<void>;
  dropAll(): void;
}

/** @param server speaks HTTP, or HTTPS */
export function trackConnections(server: Server, options: ConnectionsOptions): Connections {
  const { handshakes, proxies, requestMs, log } = options;
  const warnOccasionally = createOccasionalLog(log);
  const open = new Map<Duplex, AcceptedConnection>();
  /** By the peer of the connection: TLS has a socket of its own above the one that was accepted, with the same peer. */
  const byPeer = new Map<string, AcceptedConnection>();
  // What Node does with a connection. It is done once the client is known.
  const serve = server.listeners('connection');
  server.removeAllListeners('connection');

  const onEnded = new Set<() => void>();

  server.on('connection', (socket: Socket) => enter(socket));

  function enter(socket: Socket, handed?: HandedOver): void {
    const address = plainAddress(socket.remoteAddress ?? '');
    const isProxy = proxies.includes(address);
    const handshake = handshakes.enter(isProxy ? undefined : clientKey(address), () => {
      warnOccasionally('connections that did not finish their handshake were dropped', { address });
      socket.destroy();
    });
    const connection: AcceptedConnection = { peer: { address }, handshake };
    const key = peerOf(socket);
    open.set(socket, connection);
    byPeer.set(key, connection);
    socket.on('close', () => {
      open.delete(socket);
      byPeer.delete(key);
      handshake.leave();
      if (open.size === 0) for (const resolve of onEnded) resolve();
    });
    if (handed) serveFrom(socket, connection, handed);
    else if (isProxy && proxies.header === 'proxy-protocol') readProxyHeader(socket, connection);
    else serveConnection(socket);
  }

  server.on('secureConnection', (socket: Socket) => {
    const connection = byPeer.get(peerOf(socket));
    if (!connection) return void socket.destroy();
    open.set(socket, connection);
    socket.on('close', () => {
      open.delete(socket);
      if (open.size === 0) for (const resolve of onEnded) resolve();
    });
  });

  function serveConnection(socket: Socket): void {
    for (const each of serve) each.call(server, socket);
  }

  function serveFrom(socket: Socket, { peer, handshake }: AcceptedConnection, { source, opening }: HandedOver): void {
    peer.source = source;
    if (source !== undefined) handshake.reach('silent', clientKey(source));
    if (opening.length > 0) socket.unshift(opening);
    serveConnection(socket);
    socket.resume();
  }

  function readProxyHeader(socket: Socket, connection: AcceptedConnection): void {
    readOpening(socket, {
      limitMs: requestMs,
      parse(bytes) {
        const header = parseProxyHeader(bytes);
        return header === 'incomplete' ? undefined : header;
      },
      onParsed(header, bytes) {
        if (header === 'invalid') {
          const hint = 'Let it send the PROXY protocol, version 2, or set --proxy-header to what it sends.';
          warnOccasionally('a trusted proxy does not name its client', { address: connection.peer.address, hint });
          return void socket.destroy();
        }
        serveFrom(socket, connection, { source: header.source, opening: bytes.subarray(header.length) });
      },
    });
  }

  return {
    of: (socket) => open.get(socket),
    take: enter,
    async ended() {
      if (open.size > 0) await new Promise<void>((resolve) => onEnded.add(resolve));
    },
    dropAll() {
      for (const socket of open.keys()) socket.destroy();
    },
  };
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
