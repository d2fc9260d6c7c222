/**
 * Shows the cloud who calls, on the connection of the official client: makes tokens when the client asks for one, before the last one
 * expires, and begins anew when the cloud accepts none, because its key or its clock may be mended.
 */
import type { ConvexClient } from 'convex/browser';
import { keepRunning } from '../../src/core/actor/keep-running.ts';
import type { SigningKey } from '../../src/core/identity/signing-key.ts';
import { signToken, TOKEN_BACKDATE_MS } from '../../src/core/identity/token.ts';
import type { Log } from '../../src/core/log/log.ts';
import { backoffMs } from '../../src/core/time/backoff.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import type { TokenClaims } from '../../src/protocol/identity.ts';
import { KEY_HINT, type Unwatch } from './cloud.ts';

const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 5 * 60_000;
/** Below this, clocks agree: the time of an answer is told in whole seconds, and it takes a while to arrive. */
const SAME_CLOCK_MS = 5_000;

/** For the client, so that it has its next token in time. */
export const CLIENT_OPTIONS = {
  /** It believes that a token is new when it gets it, and begins to count then; in truth it is dated back. */
  authRefreshTokenLeewaySeconds: (2 * TOKEN_BACKDATE_MS) / 1_000,
  /** The first token is new, too: it need not get another one at once. */
  initialAuthTokenReuse: true,
};

export interface IdentityOptions {
  client: Pick<ConvexClient, 'setAuth'>;
  key: SigningKey;
  claims: TokenClaims;
  /** Time of day at the deployment, ms since 1970; undefined: it cannot be told. */
  cloudTime: () => Promise<number | undefined>;
  clock: Clock;
  log: Log;
}

/** @returns stops it */
export function identifyClient({ client, key, claims, cloudTime, clock, log }: IdentityOptions): Unwatch {
  /** By how much the deployment's clock is ahead of ours. Tokens are dated by its clock: it decides when they expire. */
  let aheadMs = 0;
  /** In a row. */
  let refusals = 0;

  async function measureClock(): Promise<void> {
    aheadMs = (await clockDifferenceMs(cloudTime, clock)) ?? aheadMs;
  }

  async function fetchToken({ forceRefreshToken }: { forceRefreshToken: boolean }): Promise<string> {
    if (forceRefreshToken || refusals > 0) await measureClock();
    return await signToken(key, claims, clock.wallNow() + aheadMs);
  }

  const running = keepRunning('the identity at the cloud', { clock, log }, (scope) => {
    const begin = () => client.setAuth(fetchToken, scope.guard(onChange));
    function onChange(isAccepted: boolean): void {
      if (isAccepted) {
        if (refusals > 0) log.info('the cloud accepts the key');
        refusals = 0;
        return;
      }
      refusals += 1;
      if (refusals === 1) {
        const clocks = aheadMs === 0 ? {} : { clockDifferenceS: Math.round(aheadMs / 1_000) };
        log.error('the cloud does not accept the key; it is tried again', { hint: KEY_HINT, ...clocks });
      }
      const delayMs = backoffMs(refusals, { firstMs: FIRST_RETRY_MS, longestMs: LONGEST_RETRY_MS });
      scope.clock.setTimeout(begin, delayMs);
    }
    begin();
  });
  return running.stop;
}

/** By how much the deployment's clock is ahead of ours; undefined: it cannot be told. */
export async function clockDifferenceMs(
  cloudTime: IdentityOptions['cloudTime'],
  clock: Clock,
): Promise<number | undefined> {
  const cloudMs = await cloudTime();
  if (cloudMs === undefined) return undefined;
  const differenceMs = cloudMs - clock.wallNow();
  return Math.abs(differenceMs) < SAME_CLOCK_MS ? 0 : differenceMs;
}

const TIME_PATIENCE_MS = 5_000;

/** The `Date` of any answer of the deployment. */
export async function timeOf(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(new URL('/version', url), { signal: AbortSignal.timeout(TIME_PATIENCE_MS) });
    await response.body?.cancel();
    const ms = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(ms) ? undefined : ms;
  } catch {
    return undefined; // It cannot be reached: the client knows that, and connects again.
  }
}
