/**
 * The operator's connection to the cloud for what Home Assistant wants of devices: with the first wish, since most devices get none.
 */
import type { ConvexClient } from 'convex/browser';
import { mapCloudErrors } from '../../../actors/cloud/cloud-errors.ts';
import { openClient } from '../../../actors/cloud/convex-cloud.ts';
import { api } from '../../../convex/_generated/api.js';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { ControlAction } from '../../protocol/remote-control.ts';
import type { PagesCloud } from '../web/page-tokens.ts';

export interface SatelliteOperator {
  /** @throws EarshotError `cloud_…` by rejection */
  client(): Promise<ConvexClient>;
  /** @throws EarshotError `cloud_…` by rejection */
  control(device: string, action: ControlAction): Promise<void>;
  close(): Promise<void>;
}

export interface SatelliteOperatorOptions {
  cloud: PagesCloud;
  newId: () => string;
  clock: Clock;
  log: Log;
}

export function createSatelliteOperator({ cloud, newId, clock, log }: SatelliteOperatorOptions): SatelliteOperator {
  let opened: Promise<ReturnType<typeof openClient>> | undefined;

  async function open(): Promise<ReturnType<typeof openClient>> {
    const claims = { role: 'operator', subject: 'home-assistant' } as const;
    const { url, gatewayKey, tenant } = cloud;
    return openClient({ url: await url, gatewayKey, tenant, claims, clock, log });
  }

  async function client(): Promise<ConvexClient> {
    opened ??= open();
    return (await opened).client;
  }

  return {
    client,
    async control(device, action) {
      await mapCloudErrors((await client()).mutation(api.controls.send, { device, id: newId(), action }));
    },
    async close() {
      // A cloud that was not found has nothing to close.
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}
