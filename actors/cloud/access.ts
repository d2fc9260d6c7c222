/**
 * Who may connect to the gateway. Tokens are asked of the cloud; one that was good within the hour is good while the cloud is
 * away. What becomes of a device while it is connected (new settings, its token revoked) is told as it happens.
 */
import { createHash } from 'node:crypto';
import type { NewestConnection } from '../../convex/connections.ts';
import type { TokenVerdict } from '../../convex/devices.ts';
import type { DeviceSettings } from '../../convex/settings.ts';
import type { CachedReplyFile } from '../../src/core/actor/data-plane.ts';
import { keepRunning } from '../../src/core/actor/keep-running.ts';
import { errorFields } from '../../src/core/errors.ts';
import { createAllowances } from '../../src/core/limits/allowances.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/core/limits/limits.ts';
import type { Log } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { atTimeOfDay } from './at-time-of-day.ts';
import type { Cloud, DeviceState, Unwatch } from './cloud.ts';

/** A device waits 8 s for the answer to its handshake. */
const VERIFY_PATIENCE_MS = 3_000;
/** One whose token was good within the hour need not wait for a cloud that is slow: while it is connected, its token is watched. */
const KNOWN_PATIENCE_MS = 500;
const CACHE_LIFETIME_MS = 60 * 60_000;
const CACHE_LIMIT = 10_000;
const MINUTE_MS = 60_000;

export type Admission =
  | { kind: 'device'; device: string; tokenHash: string }
  /** Without a token, and let in all the same: an open gateway, from its own machine. */
  | { kind: 'open' }
  /** Without a token: may be paired, and nothing else. */
  | { kind: 'unpaired' }
  | { kind: 'refused'; status: 401 | 503; code: string; reason: string };

export interface Access {
  /** `address`: whose it is, for the limit on wrong tokens. */
  admit(caller: { token: string | undefined; isLocal: boolean; address: string }): Promise<Admission>;
  /** A token that was given out just now, with the cloud's consent, is good; the cloud need not be asked to let its device in. */
  knowPaired(tokenHash: string, device: string, tokenExpiresAt: number): void;
  /** For as long as a device is connected. */
  watch(who: { device: string; tokenHash: string | undefined }, handlers: AccessHandlers): Unwatch;
}

export interface AccessHandlers {
  onSettings(settings: DeviceSettings): void;
  /** The newest connection of the device, at this gateway or another. */
  onNewestConnection(connection: NewestConnection | undefined): void;
  /** A reply that the settings name, the first time that they do. */
  onCachedReply(reply: CachedReplyFile): void;
  /** The token became invalid. `reason`: for people. */
  onRevoked(reason: string): void;
}

export interface AccessOptions {
  cloud: Promise<Cloud>;
  /** Devices without a token may connect from this machine. */
  isOpen: boolean;
  /** Default: those of src/core/limits/limits.ts. */
  limits?: Pick<Limits, 'wrongTokens'>;
  clock: Clock;
  log: Log;
}

export function createAccess({ cloud, isOpen, limits = DEFAULT_LIMITS, clock, log }: AccessOptions): Access {
  const cache = new Map<string, { device: string; atMs: number; expiresAt: number | undefined }>();

  async function verdictOn(tokenHash: string, patienceMs: number): Promise<TokenVerdict | undefined> {
    let timer: unknown;
    const patience = new Promise<undefined>((resolve) => {
      timer = clock.setTimeout(() => resolve(undefined), patienceMs);
    });
    try {
      return await Promise.race([cloud.then((ready) => ready.verifyToken(tokenHash)), patience]);
    } catch (error) {
      log.warn('a token cannot be verified', errorFields(error));
      return undefined;
    } finally {
      clock.clearTimeout(timer);
    }
  }

  /** Whose token it was within the hour. */
  function knownDevice(tokenHash: string): string | undefined {
    const known = cache.get(tokenHash);
    if (!known || clock.now() - known.atMs >= CACHE_LIFETIME_MS || isPast(known.expiresAt)) return undefined;
    return known.device;
  }

  /** By this machine's clock. */
  function isPast(expiresAt: number | undefined): boolean {
    return expiresAt !== undefined && expiresAt <= clock.wallNow();
  }

  function remember(tokenHash: string, device: string, expiresAt: number | undefined): void {
    cache.delete(tokenHash);
    cache.set(tokenHash, { device, atMs: clock.now(), expiresAt });
    const oldest = cache.size > CACHE_LIMIT ? cache.keys().next().value : undefined;
    if (oldest !== undefined) cache.delete(oldest);
  }

  /** Each wrong token is a question to the cloud: who keeps on asking must not keep it from answering others. */
  const wrongTokens = createAllowances(limits.wrongTokens, MINUTE_MS);

  async function admitByToken(token: string, address: string): Promise<Admission> {
    const tokenHash = hashTokenSync(token);
    const mayAsk = !wrongTokens.isSpent(address, clock.now());
    const patienceMs = knownDevice(tokenHash) === undefined ? VERIFY_PATIENCE_MS : KNOWN_PATIENCE_MS;
    const verdict = mayAsk ? await verdictOn(tokenHash, patienceMs) : undefined;
    switch (verdict?.status) {
      case 'valid':
        remember(tokenHash, verdict.device, verdict.expiresAt);
        return { kind: 'device', device: verdict.device, tokenHash };
      case 'unknown':
      case 'revoked':
      case 'expired':
        cache.delete(tokenHash);
        wrongTokens.take(address, clock.now());
        return { kind: 'refused', status: 401, code: `token_${verdict.status}`, reason: REASONS[verdict.status] };
    }
    const device = knownDevice(tokenHash);
    if (device !== undefined) return { kind: 'device', device, tokenHash };
    const [code, reason] = mayAsk
      ? ['cloud_unavailable', 'the cloud, which knows the devices, cannot be asked']
      : ['too_many_attempts', 'too many wrong tokens came from this address'];
    return { kind: 'refused', status: 503, code, reason };
  }

  return {
    async admit({ token, isLocal, address }) {
      if (token !== undefined) return await admitByToken(token, address);
      return { kind: isOpen && isLocal ? 'open' : 'unpaired' };
    },

    knowPaired: remember,

    watch({ device, tokenHash }, handlers) {
      const { onCachedReply, onRevoked } = handlers;
      const sent = new Set<string>();
      const watch = keepRunning('the watch of a device', { clock, log }, (scope) => {
        const { run, guard, onEnd } = scope;
        let cancelExpiry: (() => void) | undefined;
        const tellReplies = guard((replies: CachedReplyFile[]) => replies.forEach(onCachedReply));
        let known: string | undefined;
        const onSettings = guard((settings: DeviceSettings) => {
          // The connection changes more often.
          if (JSON.stringify(settings) === known) return;
          known = JSON.stringify(settings);
          handlers.onSettings(settings);
          const missing = (settings.cachedReplies ?? []).filter((key) => !sent.has(key));
          if (missing.length === 0) return;
          for (const key of missing) sent.add(key);
          run(async () => {
            try {
              tellReplies(await (await cloud).cachedReplies(missing));
            } catch (error) {
              log.warn('cached replies cannot be fetched', { device, ...errorFields(error) });
            }
          });
        });
        const onState = guard(({ settings, connection }: DeviceState) => {
          handlers.onNewestConnection(connection);
          onSettings(settings);
        });
        const onVerdict = guard((verdict: TokenVerdict) => {
          cancelExpiry?.();
          if (verdict.status !== 'valid') return end(verdict.status);
          onState(verdict);
          const { expiresAt } = verdict;
          // The cloud says nothing when the time has come. What is past already is valid by the cloud's clock, which counts.
          if (expiresAt === undefined || isPast(expiresAt)) return;
          cancelExpiry = atTimeOfDay(scope.clock, expiresAt, () => end('expired'));
        });
        function end(status: keyof typeof REASONS): void {
          if (tokenHash !== undefined) cache.delete(tokenHash);
          onRevoked(REASONS[status]);
        }
        run(async () => {
          const ready = await cloud.catch(() => undefined); // said once, where the cloud is opened
          if (!ready) return;
          onEnd(tokenHash === undefined ? ready.watchDevice(device, onState) : ready.watchToken(tokenHash, onVerdict));
        });
      });
      return watch.stop;
    },
  };
}

const REASONS = {
  unknown: 'no device has this token',
  revoked: 'the token of this device was revoked',
  expired: 'the token of this device has expired',
} as const;

/** As convex/access.ts does it. */
export function hashTokenSync(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The token of `Authorization: Bearer …`. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}
