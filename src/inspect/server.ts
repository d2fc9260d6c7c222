/**
 * Serves the page and its feed. Only what it knows by name is served, everything from this machine, and nothing to anybody
 * that access.ts does not let in.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type WebSocket, WebSocketServer } from 'ws';
import { EarshotError, systemCode } from '../errors.ts';
import { hasToken, isLoopback, isOurHost, isOurOrigin, SUBPROTOCOL } from './access.ts';

export const DEFAULT_PORT = 7337;
/** A command of the page is a small event. */
const MAX_COMMAND_BYTES = 32 * 1_024;
const MAX_CONNECTIONS = 64;

/** From src/ and, bundled, from dist/ alike. */
const PAGE = import.meta.url.endsWith('.ts') ? '../../dist/page/' : './page/';
const FILES: Record<string, [file: string, type: string]> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/layout.js': ['layout.js', 'text/javascript; charset=utf-8'],
  '/licenses.txt': ['licenses.txt', 'text/plain; charset=utf-8'],
};
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

export interface PageServerOptions {
  host: string;
  /** Undefined: the usual one, or any if that is taken. 0: any. */
  port: number | undefined;
  token: string;
  onPage: (socket: WebSocket) => void;
}

export interface PageServer {
  /** With the token: for the person who started it. */
  url: string;
  close(): Promise<void>;
}

/** @throws EarshotError `port_in_use`, `address_unavailable` */
export async function servePage({ host, port, token, onPage }: PageServerOptions): Promise<PageServer> {
  const server = createServer(respond);
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = 5_000;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_COMMAND_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => SUBPROTOCOL,
  });

  function respond(request: IncomingMessage, response: ServerResponse): void {
    if (!isOurHost(request.headers.host, host)) return end(response, 403, 'Another host was asked for.');
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'GET only.');
    const [file, type] = FILES[(request.url ?? '/').split('?')[0] ?? '/'] ?? [];
    if (!file || !type) return end(response, 404, 'There is no such page.');
    const content = readPageFile(file);
    if (!content) return end(response, 500, "The page is not built: run 'npm run build' in Earshot's folder.");
    response.writeHead(200, { ...HEADERS, 'content-type': type });
    response.end(request.method === 'HEAD' ? undefined : content);
  }

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const allowed = isOurHost(request.headers.host, host) && isOurOrigin(request) && hasToken(request, token);
    if (!allowed || (request.url ?? '').split('?')[0] !== '/feed') {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      // A page that breaks off is no news; `close` follows.
      accepted.on('error', () => accepted.terminate());
      onPage(accepted);
    });
  });

  const address = await listen(server, host, port);
  const shown = isLoopback(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${address.port}/#${token}`,
    async close() {
      for (const client of sockets.clients) client.terminate();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: ReturnType<typeof createServer>, host: string, port?: number): Promise<AddressInfo> {
  const attempt = (at: number) =>
    new Promise<AddressInfo>((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, host, () => {
        server.off('error', reject);
        resolve(server.address() as AddressInfo);
      });
    });
  try {
    return await attempt(port ?? DEFAULT_PORT);
  } catch (error) {
    if (port === undefined && systemCode(error) === 'EADDRINUSE') return attempt(0);
    throw listenError(error as Error, host, port ?? DEFAULT_PORT);
  }
}

function listenError(cause: Error, host: string, port: number): EarshotError {
  if (systemCode(cause) === 'EADDRINUSE') {
    const message = `The inspector's port ${port} is in use`;
    return new EarshotError('port_in_use', message, 'Choose another with --inspect=PORT, or 0 for any.', { cause });
  }
  const message = `The inspector cannot listen on ${host}:${port}: ${cause.message}`;
  return new EarshotError('address_unavailable', message, 'Check --inspect and --inspect-host.', { cause });
}

function readPageFile(name: string): Buffer | undefined {
  const path = fileURLToPath(new URL(PAGE + name, import.meta.url));
  return existsSync(path) ? readFileSync(path) : undefined;
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}
