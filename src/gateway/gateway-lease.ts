/**
 * Tells the cloud that this gateway lives, in one call for all its devices. Of a gateway that was killed the cloud would otherwise believe for
 * ever that its devices are connected.
 */
import type { Cloud } from '../../actors/cloud/cloud.ts';
import { keepRunning, type RunningPart } from '../core/actor/keep-running.ts';
import { errorFields } from '../core/errors.ts';
import type { Log } from '../core/log/log.ts';
import { createOccasionalLog } from '../core/log/occasional-log.ts';
import type { Clock } from '../core/time/clock.ts';
import { GATEWAY_LEASE_MS } from '../protocol/bounds.ts';
import { createVersionCheck } from './cloud-version.ts';

/** Two calls may fail. */
const RENEW_INTERVAL_MS = GATEWAY_LEASE_MS / 3;

export interface LeaseOptions {
  cloud: Pick<Cloud, 'isConnected' | 'watchConnection' | 'renewLease'>;
  gatewayId: string;
  clock: Clock;
  log: Log;
}

export function holdLease({ cloud, gatewayId, clock, log }: LeaseOptions): RunningPart {
  const warnOccasionally = createOccasionalLog(log);
  const checkVersion = createVersionCheck(log);
  return keepRunning('the lease of the gateway', { clock, log }, (scope) => {
    // Without a connection a call would wait; it is made when there is one.
    const renew = () => {
      if (!cloud.isConnected) return;
      cloud
        .renewLease(gatewayId)
        .then(checkVersion)
        .catch((error: unknown) => warnOccasionally('the cloud does not renew the lease', errorFields(error)));
    };
    const again = () => {
      renew();
      scope.clock.setTimeout(again, RENEW_INTERVAL_MS);
    };
    scope.onEnd(cloud.watchConnection(scope.guard((isConnected: boolean) => isConnected && renew())));
    again();
  });
}
