/**
 * What a device has used of its limits goes with it from gateway to gateway: the one that it leaves tells the cloud, and the one to which it goes
 * sees that with its newest connection. Pure.
 */
import type { NewestConnection } from '../../convex/connections.ts';
import type { DeviceQuota } from '../session/device-quota.ts';
import type { UsedBefore } from './cloud.ts';

export interface UsedLimitsOptions {
  session: string;
  quota: Pick<DeviceQuota, 'used' | 'usedElsewhere'>;
  wallNow: () => number;
  /** Tells the cloud. */
  tell: (used: UsedBefore) => void;
}

export interface UsedLimits {
  /** The newest connection of the device, as the cloud knows it. */
  onNewest(connection: NewestConnection | undefined): void;
  /** The session has ended. */
  closed(): void;
}

export function createUsedLimits({ session, quota, wallNow, tell }: UsedLimitsOptions): UsedLimits {
  /** Here. While the cloud does not know it, somebody else tells what was used last. */
  let isNewest = false;

  function left(): void {
    const used = isNewest ? quota.used() : undefined;
    isNewest = false;
    if (used) tell({ ...used, session, at: Math.round(wallNow()) });
  }

  return {
    onNewest(connection) {
      if (!connection) return;
      const { used } = connection;
      if (used && used.session !== session) quota.usedElsewhere(used, Math.max(0, wallNow() - used.at));
      if (connection.session === session) isNewest = true;
      else left();
    },
    closed: left,
  };
}
