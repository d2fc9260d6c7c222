/**
 * Sign-in of the console: a one-time link becomes a session, which the page keeps, and a session gets short-lived tokens for the cloud.
 * A session is sent as `Authorization`, not as a cookie: a browser would send a cookie to every port of this host.
 */
import * as v from 'valibot';
import { bearerToken } from '../../../actors/cloud/access.ts';
import { EarshotError } from '../../core/errors.ts';
import { createAllowances } from '../../core/limits/allowances.ts';
import type { Limits } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import { createOccasionalLog } from '../../core/log/occasional-log.ts';
import { VERSION } from '../../core/process/version.ts';
import type { Clock } from '../../core/time/clock.ts';
import { clientKey } from '../../server/addresses.ts';
import { answer } from '../../server/front-door.ts';
import { limitedBody } from '../../server/limited-body.ts';
import type { Call, HttpRoute } from '../../server/routes.ts';
import type { PageOrigins } from './page-origins.ts';
import type { PageTokens } from './page-tokens.ts';
import type { LinkRefusal, SignInStore, StoredSession } from './sign-in-store.ts';

const MAX_BODY_BYTES = 1_024;
const MINUTE_MS = 60_000;
const body = v.object({ link: v.string() });

const REASONS: Record<LinkRefusal | 'session_expired', string> = {
  link_used: 'This link was used already. Make another one: earshot console',
  link_expired: 'This link is too old. Make another one: earshot console',
  link_unknown: 'This link is not of this gateway. Make one on its machine: earshot console',
  session_expired: 'You are signed out. Make a link: earshot console',
};

export interface SignInOptions {
  store: SignInStore;
  tokens: PageTokens;
  origins: PageOrigins;
  limits: Pick<Limits, 'wrongSignIns'>;
  clock: Clock;
  log: Log;
  /** A session has ended here. */
  onEnded: (sessionId: string) => void;
}

export function signInRoutes({ store, tokens, origins, limits, clock, log, onEnded }: SignInOptions): HttpRoute[] {
  const wrong = createAllowances(limits.wrongSignIns, MINUTE_MS);
  const warnOccasionally = createOccasionalLog(log);

  /** From a page of ours, as JSON: a form of another page can send neither. */
  function post(path: string, handle: (call: Call) => Promise<void>): HttpRoute {
    return {
      path,
      methods: {
        async POST(call) {
          const { request, response, client } = call;
          if (!origins.isOurPage(request, call))
            return refuse(call, 403, 'not_for_pages', 'Only for this gateway’s pages');
          if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
            return refuse(call, 415, 'invalid', 'Send content-type: application/json');
          }
          if (wrong.isSpent(clientKey(client.address), clock.now())) {
            response.setHeader('retry-after', '60');
            return refuse(
              call,
              429,
              'too_many_attempts',
              'Too many wrong attempts came from this address: wait a minute',
            );
          }
          try {
            await handle(call);
          } catch (error) {
            if (!(error instanceof EarshotError)) throw error;
            warnOccasionally('sign-in at the console fails', { error: error.message });
            refuse(call, 503, error.code, error.message);
          }
        },
      },
    };
  }

  function refuse({ response }: Call, status: number, code: string, error: string): void {
    answer(response, status, { code, error });
  }

  function refuseAttempt(call: Call, code: keyof typeof REASONS): void {
    const { address } = call.client;
    wrong.take(clientKey(address), clock.now());
    warnOccasionally('somebody cannot sign in at the console', { code, address });
    refuse(call, 401, code, REASONS[code]);
  }

  async function signIn(call: Call): Promise<void> {
    const text = await limitedBody(call.request, MAX_BODY_BYTES);
    const parsed = text && v.safeParse(body, parseJson(text.toString('utf8')));
    if (!parsed?.success) return refuse(call, 400, 'invalid', 'Send {"link": "…"}');
    const redeemed = await store.redeem(parsed.output.link, call.client.address);
    if (typeof redeemed === 'string') return refuseAttempt(call, redeemed);
    const { secret, session } = redeemed;
    const { id, role, expiresAt } = session;
    log.info('signed in at the console', { session: id, role, address: session.address });
    answer(call.response, 200, { session: secret, role, expiresAt });
  }

  /** Answers itself where there is none. */
  async function sessionOf(call: Call): Promise<StoredSession | undefined> {
    const session = await store.sessionOf(bearerToken(call.request.headers.authorization) ?? '');
    if (!session) refuseAttempt(call, 'session_expired');
    return session;
  }

  async function giveToken(call: Call): Promise<void> {
    const session = await sessionOf(call);
    if (!session) return;
    const { token, expiresAt } = await tokens.issue(session);
    await store.touch(session.id);
    const gateway = { name: 'earshot', version: VERSION };
    answer(call.response, 200, { token, expiresAt, role: session.role, gateway });
  }

  async function signOut(call: Call): Promise<void> {
    const session = await sessionOf(call);
    if (!session) return;
    await store.end(session.id);
    onEnded(session.id);
    log.info('signed out at the console', { session: session.id });
    call.response.writeHead(204).end();
  }

  return [post('/console/sign-in', signIn), post('/console/token', giveToken), post('/console/sign-out', signOut)];
}

/** Undefined: it is not JSON, and is refused like JSON of another shape. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
