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

  server.on('connection', (socket: Socket) => {
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
    });
    if (isProxy && proxies.header === 'proxy-protocol') readProxyHeader(socket, connection);
    else serveConnection(socket);
  });

  server.on('secureConnection', (socket: Socket) => {
    const connection = byPeer.get(peerOf(socket));
    if (!connection) return void socket.destroy();
    open.set(socket, connection);
    socket.on('close', () => open.delete(socket));
  });

  function serveConnection(socket: Socket): void {
    for (const each of serve) each.call(server, socket);
  }

  function readProxyHeader(socket: Socket, { peer, handshake }: AcceptedConnection): void {
    readOpening(socket, {
      limitMs: requestMs,
      parse(bytes) {
        const header = parseProxyHeader(bytes);
        return header === 'incomplete' ? undefined : header;
      },
      onParsed(header, bytes) {
        if (header === 'invalid') {
          const hint = 'Let it send the PROXY protocol, version 2, or set --proxy-header to what it sends.';
          warnOccasionally('a trusted proxy does not name its client', { address: peer.address, hint });
          return void socket.destroy();
        }
        peer.source = header.source;
        if (header.source !== undefined) handshake.reach('silent', clientKey(header.source));
        if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length));
        serveConnection(socket);
        socket.resume();
      },
    });
  }

  return {
    of: (socket) => open.get(socket),
    dropAll() {
      for (const socket of open.keys()) socket.destroy();
    },
  };
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
