/**
 * Tells the operator that a deployment's functions are older than this gateway. What both know works on: devices connect and are answered. What the
 * cloud does not take waits until its functions are new enough.
 */
import { isOutdated, outdatedCloud } from '../../actors/cloud/cloud-errors.ts';
import { errorFields } from '../core/errors.ts';
import type { Log } from '../core/log/log.ts';

/** @returns gets the version that the cloud tells, again and again; null: it is from before versions. A change is told once. */
export function createVersionCheck(log: Log): (version: number | null) => void {
  let wasOutdated = false;
  return (version) => {
    const isChanged = isOutdated(version) !== wasOutdated;
    wasOutdated = isOutdated(version);
    if (!isChanged) return;
    if (wasOutdated)
      log.error('the functions of the cloud are older than this gateway', errorFields(outdatedCloud(version)));
    else log.info('the functions of the cloud are as new as this gateway needs them');
  };
}
