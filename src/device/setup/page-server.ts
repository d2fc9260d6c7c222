/**
 * The page of set-up: with its form on the address of the access point, and only to look at (the code) in the network that the device has joined.
 *
 * In the network of the access point every name leads here (deploy/setup/captive-portal.conf). What a phone asks of another host, to find out whether
 * there is an internet, is answered with the way to the page; a form that was sent to another host is refused (DNS rebinding).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { EarshotError, errorFields, systemCode } from '../../core/errors.ts';
import { PACKAGE_FOLDER } from '../../core/files/package-folder.ts';
import { DEFAULT_LIMITS } from '../../core/limits/limits.ts';
import { createTokenBucket } from '../../core/limits/token-bucket.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { answer, openFrontDoor, type Visit } from '../../server/front-door.ts';
import { limitedBody } from '../../server/limited-body.ts';
import { pageHeaders } from '../../server/security-headers.ts';
import { readStaticFiles, serveStaticFile } from '../../server/static-files.ts';
import { MAX_FORM_BYTES, parseForm, type SetupForm, type SetupStatus } from './setup-status.ts';

const PAGE = join(PACKAGE_FOLDER, 'dist/pages/setup');
const HEADERS = pageHeaders({ microphone: false, wasm: false, trustedTypes: true });
/** The phones of a family. */
const LIMITS = { ...DEFAULT_LIMITS, handshakes: 32, handshakesPerAddress: 16 };
/** Of everybody: more than a person types. */
const FORMS_PER_MINUTE = 12;

export interface SetupPageOptions {
  /** The address to listen on. */
  host: string;
  port: number;
  /** Addresses and names that this machine has there. The first is where other names are sent to. */
  hosts: readonly string[];
  status: () => SetupStatus;
  /** Undefined: the page is only looked at. @throws EarshotError (by rejection) for what is wrong with the form */
  onForm: ((form: SetupForm) => Promise<void>) | undefined;
  onVisit: () => void;
  clock: Clock;
  log: Log;
}

export interface SetupPage {
  port: number;
  close(): Promise<void>;
}

/** @throws EarshotError (by rejection) `port_in_use`, `address_unavailable` */
export async function serveSetupPage(options: SetupPageOptions): Promise<SetupPage> {
  const { host, port, hosts, status, onForm, onVisit, clock, log } = options;
  const files = readStaticFiles(PAGE);
  const allowance = createTokenBucket(FORMS_PER_MINUTE, 60_000);
  const front = openFrontDoor({
    limits: LIMITS,
    log,
    onRequest: respond,
    onUpgrade: (_request, socket) => front.refuse(socket, 404, { error: 'there is no WebSocket here' }),
  });

  async function respond(request: IncomingMessage, response: ServerResponse, { target }: Visit): Promise<void> {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!hosts.includes(target.host))
      return isRead && onForm ? sendHere(response) : refuse(response, 403, 'another host');
    if (target.path === '/form')
      return request.method === 'POST' ? takeForm(request, response) : refuse(response, 405, 'POST only');
    if (!isRead) return refuse(response, 405, 'GET only');
    if (target.path === '/status') return answer(response, 200, status());
    const file = files.get(target.path === '/' ? 'index.html' : target.path.slice(1));
    if (!file) return onForm ? sendHere(response) : refuse(response, 404, 'there is no such page');
    if (target.path === '/') onVisit();
    await serveStaticFile(request, response, file, HEADERS).catch((error: unknown) => {
      log.warn('a file of the page of set-up cannot be served', errorFields(error));
      response.destroy();
    });
  }

  /** The answer by which phones and computers recognise a network that has a page of its own. */
  function sendHere(response: ServerResponse): void {
    response.writeHead(302, { location: `http://${hosts[0]}${address.port === 80 ? '' : `:${address.port}`}/` }).end();
  }

  async function takeForm(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!onForm) return refuse(response, 403, 'only at the access point of the device');
    // A page of another origin cannot send this type without being asked about it first, and is not answered.
    const isOurs = request.headers['content-type'] === 'application/json' && isOwnOrigin(request);
    if (!isOurs) return refuse(response, 403, 'only from the page of the device');
    if (!allowance.takeOne(clock.now())) return refuse(response, 429, 'Too many attempts: wait a minute');
    const body = await limitedBody(request, MAX_FORM_BYTES);
    if (body === undefined) {
      response.setHeader('connection', 'close');
      return refuse(response, 413, 'The form is too long');
    }
    const form = parseForm(body.toString('utf8'));
    if (typeof form === 'string') return refuse(response, 400, form);
    try {
      await onForm(form);
      answer(response, 202, status());
    } catch (error) {
      if (!(error instanceof EarshotError)) throw error;
      refuse(response, error.code === 'usage' ? 400 : 409, `${error.message}. ${error.hint}`);
    }
  }

  const address = await front.listen(port, host).catch((cause) => {
    throw listenError(cause, host, port);
  });
  return { port: address.port, close: () => front.close(0) };
}

function isOwnOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin === `http://${host}`;
}

function refuse(response: ServerResponse, status: number, error: string): void {
  answer(response, status, { error });
}

function listenError(cause: unknown, host: string, port: number): EarshotError {
  const inUse = systemCode(cause) === 'EADDRINUSE';
  const message = `The page of set-up cannot use port ${port} of ${host}${inUse ? ': another program has it' : ''}`;
  const hint = 'End that program, or choose another port: earshot setup --port 8080.';
  return new EarshotError(inUse ? 'port_in_use' : 'address_unavailable', message, hint, { cause });
}

/** The names of this machine in the network that it has joined. */
export function ownNames(addresses: readonly string[]): string[] {
  const name = hostname().toLowerCase();
  return [`${name}.local`, name, ...addresses];
}
