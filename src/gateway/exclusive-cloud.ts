/**
 * The data of an embedded cloud for one process alone, as an import needs it. The cloud of a gateway that runs is ended first; the gateway
 * starts it again, and it waits for the lock of its folder. Records wait in the gateway's queue meanwhile.
 */
import { hostname } from 'node:os';
import { EarshotError } from '../core/errors.ts';
import { embeddedCloudFolder } from '../core/files/paths.ts';
import { openPrivateFolder } from '../core/files/private-folder.ts';
import { lockHolder, lockState } from '../core/files/state-lock.ts';
import type { Log } from '../core/log/log.ts';
import { systemClock } from '../core/time/clock.ts';
import { deploymentOf } from './cloud-address.ts';

/** A cloud finishes its write, and closes its database. */
const END_PATIENCE_MS = 10_000;
/** The next process of the cloud may be faster. */
const ATTEMPTS = 3;

export interface ExclusiveCloudOptions {
  state: string;
  /** For the message to others that want it: `earshot cloud import`. */
  command: string;
  log: Log;
}

/** @throws EarshotError `usage` with CONVEX_URL, `state_in_use`, `store_failed`, and what `work` throws */
export async function withExclusiveCloud<T>(
  { state, command, log }: ExclusiveCloudOptions,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  refuseDeployment();
  const common = { command, clock: systemClock, log };
  // A gateway that starts meanwhile would find its cloud locked, and go on without it.
  const unlockState = lockHolder(state, 'gateway') ? undefined : lockState({ state, roles: ['gateway'], ...common });
  try {
    const folder = embeddedCloudFolder(state);
    openPrivateFolder(folder);
    const unlock = takeFolder(folder, common);
    try {
      return await work(folder);
    } finally {
      unlock();
    }
  } finally {
    unlockState?.();
  }
}

/** With CONVEX_URL the data is elsewhere. @throws EarshotError `usage` */
export function refuseDeployment(): void {
  const deployment = deploymentOf(process.env);
  if (!deployment) return;
  const hint = 'Use npx convex export and import for it (docs/self-hosted.md), or unset CONVEX_URL.';
  throw new EarshotError('usage', `The data is in the deployment at ${deployment.url}, not in an embedded cloud`, hint);
}

function takeFolder(folder: string, common: Omit<ExclusiveCloudOptions, 'state'> & { clock: typeof systemClock }) {
  for (let attempt = 1; ; attempt++) {
    const holder = lockHolder(folder, 'cloud');
    if (holder && holder.pid !== 0 && holder.host === hostname()) process.kill(holder.pid, 'SIGTERM');
    try {
      return lockState({ state: folder, roles: ['cloud'], patienceMs: END_PATIENCE_MS, ...common });
    } catch (error) {
      const isInUse = error instanceof EarshotError && error.code === 'state_in_use';
      if (!isInUse || attempt === ATTEMPTS) throw error;
    }
  }
}
