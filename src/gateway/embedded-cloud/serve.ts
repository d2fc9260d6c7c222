/**
 * A stand-in for a Convex deployment, for trying out and testing: the functions of convex/ in memory, served to the official
 * clients on a loopback address. It takes this process's globals for itself (convex-test), so it needs one of its own.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../clock.ts';
import { startCrons } from './crons.ts';
import { type Functions, loadFunctions } from './functions.ts';
import { createUploads, serveHttp } from './http.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import type { EmbeddedSettings } from './messages.ts';
import { type SyncClient, type SyncState, serveSync } from './sync.ts';

const HOST = '127.0.0.1';

export interface EmbeddedServer {
  url: string;
  port: number;
  /** Documents that a process before this one left. */
  restored: number;
  close(): void;
}

export async function serveEmbeddedCloud(
  { port, folder }: EmbeddedSettings,
  source: URL,
  onError: (what: string, error: unknown) => void,
): Promise<EmbeddedServer> {
  const uploads = createUploads(() => Date.now());
  const clients = new Set<SyncClient>();
  let lastTimestamp = 0n;
  let origin = '';
  let refreshing = false;
  let stale = false;

  const functions: Functions = await loadFunctions({
    source,
    folder,
    fileUrl: (id) => `${origin}/api/storage/${encodeURIComponent(id)}`,
    uploadUrl: () => `${origin}/api/storage/upload?token=${uploads.announce()}`,
    onWrite: () => void refresh(),
  });

  /** Every write runs every watched query again; what has not changed is not sent. */
  async function refresh(): Promise<void> {
    stale = true;
    if (refreshing) return;
    refreshing = true;
    while (stale) {
      stale = false;
      await Promise.all([...clients].map((client) => client.refresh()));
    }
    refreshing = false;
  }

  function timestamp(): bigint {
    const now = BigInt(Date.now()) * 1_000_000n;
    lastTimestamp = now > lastTimestamp ? now : lastTimestamp + 1n;
    return lastTimestamp;
  }

  const state: SyncState = { functions, timestamp, answers: new Map() };
  const server = createServer(serveHttp({ functions: () => functions, uploads, timestamp }));
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  server.on('upgrade', (request, socket, head) => {
    if (!/^\/api\/[^/]+\/sync$/.test(new URL(request.url ?? '/', 'http://cloud').pathname)) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      const client = serveSync(webSocket, state);
      clients.add(client);
      webSocket.on('close', () => clients.delete(client));
      webSocket.on('error', (error) => onError('a connection', error));
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  const { port: boundPort } = server.address() as AddressInfo;
  origin = `http://${HOST}:${boundPort}`;
  const stopCrons = startCrons({
    crons: functions.crons,
    run: functions.callInternal,
    onError: (name, error) => onError(`the cron "${name}"`, error),
    clock: systemClock,
  });

  return {
    url: origin,
    port: boundPort,
    restored: functions.restored,
    close() {
      stopCrons();
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      server.close();
    },
  };
}
