/**
 * Serves the page and its feed: only files in its list, all from this machine, and only to requests that access.ts allows.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { EarshotError, errorFields, systemCode } from '../../core/errors.ts';
import { PACKAGE_FOLDER } from '../../core/files/package-folder.ts';
import { DEFAULT_LIMITS } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import { isLoopback } from '../../server/addresses.ts';
import { limitControlFrames } from '../../server/control-frames.ts';
import { type FrontDoor, openFrontDoor, timerMs, type Visit } from '../../server/front-door.ts';
import { pageHeaders } from '../../server/security-headers.ts';
import { readStaticFiles, serveStaticFile } from '../../server/static-files.ts';
import { hasBearer, hasToken, INSPECT_SUBPROTOCOL, isOurHost, isOurOrigin } from './access.ts';

export const DEFAULT_PORT = 7337;
/** A command of the page is a small event. */
const MAX_COMMAND_BYTES = 32 * 1_024;
/** A browser opens six connections at a time. */
const LIMITS = { ...DEFAULT_LIMITS, handshakes: 64, handshakesPerAddress: 32 };

const PAGE = join(PACKAGE_FOLDER, 'dist/page');
/** WebAssembly decodes what was said and heard, when somebody plays it. */
const HEADERS = pageHeaders({ microphone: false, wasm: true, trustedTypes: false });

export interface PageServerOptions {
  host: string;
  /** Undefined: the usual one, or any if that is taken. 0: any. */
  port: number | undefined;
  token: string;
  log: Log;
  onPage: (socket: WebSocket) => void;
}

export interface PageServer {
  /** With the token, for the user who started it. */
  url: string;
  close(): Promise<void>;
}

/** @throws EarshotError `port_in_use`, `address_unavailable` */
export async function servePage({ host, port, token, log, onPage }: PageServerOptions): Promise<PageServer> {
  const front = openFrontDoor({ limits: LIMITS, log, onRequest: respond, onUpgrade });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_COMMAND_BYTES,
    maxFragments: LIMITS.fragments,
    perMessageDeflate: false,
    // @types/ws does not know it yet.
    ...{ closeTimeout: timerMs(LIMITS.closeMs) },
    handleProtocols: () => INSPECT_SUBPROTOCOL,
  });

  const files = readStaticFiles(PAGE);

  function respond(request: IncomingMessage, response: ServerResponse, { target }: Visit): void {
    if (!isOurHost(target.host, host)) return end(response, 403, 'Another host was asked for.');
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'GET only.');
    if (target.path === '/token') {
      return hasBearer(request, token) ? end(response, 200, 'It is valid.') : end(response, 403, 'It is not valid.');
    }
    if (files.size === 0) {
      return end(response, 500, "The page is not built: run 'npm run build' in Earshot's folder.");
    }
    const file = files.get(target.path === '/' ? 'index.html' : target.path.slice(1));
    if (!file) return end(response, 404, 'There is no such page.');
    void serveStaticFile(request, response, file, HEADERS).catch((error: unknown) => {
      log.warn('a file of the inspector cannot be served', errorFields(error));
      response.destroy();
    });
  }

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, { target, handshake }: Visit): void {
    const allowed = isOurHost(target.host, host) && isOurOrigin(request) && hasToken(request, token);
    if (!allowed || target.path !== '/feed') return front.refuse(socket, 403, { error: 'not for you' });
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      handshake.leave();
      // A page that breaks off, or breaks the protocol, needs no report: ws closes with the code, and `close` follows. Ending the
      // connection here would often discard that code.
      accepted.on('error', () => {});
      limitControlFrames(accepted, LIMITS.controlMessages);
      onPage(accepted);
    });
  }

  const address = await listen(front, host, port);
  const shown = isLoopback(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${address.port}/#${token}`,
    async close() {
      for (const client of sockets.clients) client.terminate();
      await front.close(0);
    },
  };
}

async function listen(front: FrontDoor, host: string, port?: number): Promise<AddressInfo> {
  try {
    return await front.listen(port ?? DEFAULT_PORT, host);
  } catch (error) {
    if (port === undefined && systemCode(error) === 'EADDRINUSE') return front.listen(0, host);
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

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}
