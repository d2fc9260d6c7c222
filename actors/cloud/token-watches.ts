/**
 * Tokens at the cloud: asked when a device connects, watched while it is connected. Both are one subscription, which goes on from the question until
 * the watch begins: otherwise the cloud would execute the same query twice for each connection.
 */
import type { ConvexClient } from 'convex/browser';
import { api } from '../../convex/_generated/api.js';
import type { TokenVerdict } from '../../convex/devices.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import type { Unwatch } from './cloud.ts';

/** Longer than a device may take from its request to its hello (`helloMs` of src/core/limits/limits.ts). */
const KEPT_MS = 12_000;

export interface TokenWatches {
  verify(tokenHash: string): Promise<TokenVerdict>;
  watch(tokenHash: string, onVerdict: (verdict: TokenVerdict) => void): Unwatch;
  close(): void;
}

export interface TokenWatchesOptions {
  client: Pick<ConvexClient, 'onUpdate'>;
  clock: Clock;
  onError: (error: Error) => void;
}

export function createTokenWatches({ client, clock, onError }: TokenWatchesOptions): TokenWatches {
  /** Subscriptions of questions that were answered, by token. As many as handshakes at most. */
  const kept = new Map<string, () => void>();

  function keep(tokenHash: string, unwatch: Unwatch): void {
    kept.get(tokenHash)?.();
    let timer: unknown;
    const end = () => {
      clock.clearTimeout(timer);
      kept.delete(tokenHash);
      unwatch();
    };
    async function endLater(): Promise<void> {
      await new Promise<void>((resolve) => {
        timer = clock.setTimeout(resolve, KEPT_MS);
      });
      end();
    }
    kept.set(tokenHash, end);
    endLater().catch(onError);
  }

  /** One that expires meanwhile must be asked again: the cloud says nothing when the time has come. */
  function isKept(verdict: TokenVerdict): boolean {
    if (verdict.status !== 'valid') return false;
    return verdict.expiresAt === undefined || verdict.expiresAt - clock.wallNow() > KEPT_MS;
  }

  return {
    verify: (tokenHash) =>
      new Promise((resolve, reject) => {
        let isAnswered = false;
        const unwatch = client.onUpdate(
          api.devices.verify,
          { tokenHash },
          (verdict) => {
            // What changes later is told to the watch.
            if (isAnswered) return;
            isAnswered = true;
            resolve(verdict);
            if (isKept(verdict)) keep(tokenHash, unwatch);
            else unwatch();
          },
          (error) => {
            if (isAnswered) return;
            isAnswered = true;
            unwatch();
            reject(error);
          },
        );
      }),

    watch(tokenHash, onVerdict) {
      let unwatch: Unwatch | undefined = client.onUpdate(api.devices.verify, { tokenHash }, onVerdict, onError);
      kept.get(tokenHash)?.();
      return () => {
        unwatch?.();
        unwatch = undefined;
      };
    },

    close() {
      for (const end of kept.values()) end();
    },
  };
}
