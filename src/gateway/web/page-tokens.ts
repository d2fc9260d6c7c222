/**
 * The tokens of the console: what a session is for the gateway, a token is for the cloud (docs/identity.md). It is short-lived, and names the
 * session that it was made for.
 */
import { clockDifferenceMs, timeOf } from '../../../actors/cloud/cloud-identity.ts';
import { EarshotError } from '../../core/errors.ts';
import { signingKeyOf } from '../../core/identity/signing-key.ts';
import { readToken, signToken, TOKEN_LIFETIME_MS } from '../../core/identity/token.ts';
import type { Clock } from '../../core/time/clock.ts';
import { CONSOLE_ROLES, type ConsoleRole, type StoredSession } from './sign-in-store.ts';

/** Of a cloud that does not run yet. */
const PATIENCE_MS = 3_000;
const SUBJECT = 'console ';

/** The cloud that pages are signed in at. */
export interface PagesCloud {
  /** Rejects when it cannot be started. */
  url: Promise<string>;
  /** What tokens are signed with (docs/identity.md). */
  gatewayKey: string;
  /** Whose devices the pages show. */
  tenant: string;
}

export interface PageTokens {
  /** @throws EarshotError `cloud_unavailable` */
  issue(session: StoredSession): Promise<{ token: string; expiresAt: number }>;
  /** Whose token it is; undefined: it was not issued here, or has expired. */
  holderOf(token: string): Promise<{ sessionId: string; role: ConsoleRole } | undefined>;
  /** Where the cloud is. @throws EarshotError `cloud_unavailable` */
  cloudUrl(): Promise<string>;
}

export function createPageTokens({ url, gatewayKey, tenant }: PagesCloud, clock: Clock): PageTokens {
  const key = signingKeyOf(gatewayKey);
  /** Tokens are dated by the cloud's clock. */
  let aheadMs = 0;

  async function cloudUrl(): Promise<string> {
    let timer: unknown;
    const patience = new Promise<undefined>((resolve) => {
      timer = clock.setTimeout(() => resolve(undefined), PATIENCE_MS);
    });
    // Why it does not run is logged where it is started.
    const found = await Promise.race([url.catch(() => undefined), patience]);
    clock.clearTimeout(timer);
    if (found !== undefined) return found;
    throw new EarshotError('cloud_unavailable', 'The cloud does not run yet', 'It is tried again.');
  }

  return {
    cloudUrl,
    async issue({ id, role }) {
      const cloud = await cloudUrl();
      aheadMs = (await clockDifferenceMs(() => timeOf(cloud), clock)) ?? aheadMs;
      const nowMs = clock.wallNow();
      const claims = { role, tenant, subject: `${SUBJECT}${id}` };
      return { token: await signToken(key, claims, nowMs + aheadMs), expiresAt: nowMs + TOKEN_LIFETIME_MS };
    },
    async holderOf(token) {
      const claims = await readToken(key, token, clock.wallNow() + aheadMs);
      const role = CONSOLE_ROLES.find((each) => each === claims?.role);
      if (claims?.tenant !== tenant || !claims.subject.startsWith(SUBJECT) || !role) return undefined;
      return { sessionId: claims.subject.slice(SUBJECT.length), role };
    },
  };
}
