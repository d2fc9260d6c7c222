/**
 * Keeps the gateway's share of its tenant's quota: watches the quota, and, while much is wanted of this gateway, tells the cloud so and hears what is
 * wanted of the others. Without the cloud the last share counts.
 */
import type { Cloud } from '../../actors/cloud/cloud.ts';
import type { TenantQuota } from '../../actors/session/tenant-quota.ts';
import { keepRunning } from '../core/actor/keep-running.ts';
import { errorFields } from '../core/errors.ts';
import type { Log } from '../core/log/log.ts';
import type { Clock } from '../core/time/clock.ts';

/** A gateway calls the cloud so often for it, however many devices it has. */
const REPORT_INTERVAL_MS = 10_000;

export interface TenantSharesOptions {
  cloud: Promise<Cloud>;
  quota: TenantQuota;
  gatewayId: string;
  /** Connected devices. */
  connections: () => number;
  clock: Clock;
  log: Log;
}

/** @returns stops it */
export function keepTenantShares({
  cloud,
  quota,
  gatewayId,
  connections,
  clock,
  log,
}: TenantSharesOptions): () => void {
  const running = keepRunning("the tenant's quota", { clock, log }, ({ clock: ownClock, guard, run, onEnd }) => {
    async function report(ready: Cloud): Promise<void> {
      const wanted = quota.demand(connections());
      try {
        if (wanted && ready.isConnected) quota.onOthers(await ready.reportDemand(gatewayId, wanted));
      } catch (error) {
        log.warn('the share of the quota cannot be asked for', errorFields(error));
      }
      ownClock.setTimeout(() => run(() => report(ready)), REPORT_INTERVAL_MS);
    }
    run(async () => {
      const ready = await cloud.catch(() => undefined); // logged where the cloud is opened
      if (!ready) return;
      onEnd(ready.watchQuota(guard((changed) => quota.onQuota(changed))));
      await report(ready);
    });
  });
  return running.stop;
}
