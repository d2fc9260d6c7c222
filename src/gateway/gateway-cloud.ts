/**
 * Composes the cloud of a gateway: the deployment of CONVEX_URL, or else the embedded cloud; the recorder that writes to it, and the
 * access control that asks it. The gateway does not wait for it, and answers from the start.
 */
import { type Access, createAccess } from '../../actors/cloud/access.ts';
import type { Cloud } from '../../actors/cloud/cloud.ts';
import { type CloudRecorder, createCloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import { openDeadLetters } from '../../actors/cloud/dead-letters.ts';
import { recordFolder } from '../../actors/cloud/record-files.ts';
import { openRecordQueue } from '../../actors/cloud/record-queue.ts';
import { turnKey } from '../../actors/cloud/records.ts';
import { createDiskRecorder } from '../../actors/session/disk-recorder.ts';
import { openSpoolFolder, type Spools } from '../../actors/session/spool-folder.ts';
import { errorFields } from '../core/errors.ts';
import { deadLettersFolder, queueFolder, recordsFolder, spoolFolder } from '../core/files/paths.ts';
import { makeTemporaryFolder } from '../core/files/temporary-folder.ts';
import { DEFAULT_LIMITS, type Limits } from '../core/limits/limits.ts';
import type { Log } from '../core/log/log.ts';
import { systemClock } from '../core/time/clock.ts';
import { type CloudAddress, deploymentOf, forgetEmbedded, publishEmbedded } from './cloud-address.ts';

/** How long records may still be sent to a deployment when the gateway ends. */
const CLOSE_GRACE_MS = 3_000;

/** Records turns, and decides which devices may connect. */
export interface GatewayCloud {
  /** `embedded`, or the deployment's address. */
  name: string;
  /** For people. */
  description: string;
  ready: Promise<Cloud>;
  recorder: CloudRecorder;
  /** For what is kept of a turn while it lasts. */
  spools: Spools;
  access: Access;
  close(): Promise<void>;
}

/** `state` is the folder in which recordings and records wait until the cloud has them. */
export interface GatewayCloudOptions {
  state: string;
  /** Devices without a token may connect from this machine. */
  isOpen: boolean;
  /** Default: those of src/core/limits/limits.ts. */
  limits?: Limits;
  log: Log;
}

/** @throws EarshotError `usage`, `store_failed` */
export function openGatewayCloud({ state, isOpen, limits = DEFAULT_LIMITS, log }: GatewayCloudOptions): GatewayCloud {
  const deployment = deploymentOf(process.env);
  const stopping = new AbortController();
  // Records that wait for an embedded cloud are useless to the next one.
  const temporary = deployment ? undefined : makeTemporaryFolder('queue');
  const deadLetters = openDeadLetters({
    files: recordFolder(deadLettersFolder(state)),
    limits,
    now: systemClock.wallNow,
  });
  const queue = openRecordQueue({
    files: recordFolder(temporary?.path ?? queueFolder(state)),
    deadLetters,
    limits,
    log,
  });
  const spools = openSpoolFolder({ folder: spoolFolder(state), memoryBytes: limits.turnMemoryBytes, log });
  const ready = connect();
  ready.catch((error: unknown) => {
    if (!stopping.signal.aborted) log.error('there is no cloud; records wait on the disk', errorFields(error));
  });

  async function connect(): Promise<Cloud> {
    const client = import('../../actors/cloud/convex-cloud.ts');
    const address = deployment ?? (await embed());
    return (await client).connectConvex({ ...address, log });
  }

  async function embed(): Promise<CloudAddress> {
    const { startEmbeddedCloud } = await import('../cloud/supervise.ts');
    const started = await startEmbeddedCloud(limits, log, stopping.signal);
    if (!stopping.signal.aborted) publishEmbedded(state, started);
    return started;
  }

  const options = { cloud: ready, clock: systemClock, log };
  const isNeeded = (device: string, id: string) => queue.holdsRecording(turnKey(device, id));
  const lasting = deployment ? undefined : createDiskRecorder({ folder: recordsFolder(state), limits, isNeeded, log });
  const recorder = createCloudRecorder({
    ...options,
    queue,
    encodingBytes: limits.recordingMemoryBytes,
    ...(lasting && { lasting }),
  });
  return {
    name: deployment?.url ?? 'embedded',
    description: deployment
      ? `cloud at ${deployment.url}`
      : 'cloud in memory, for trying out: it forgets everything when this ends (set CONVEX_URL for one that lasts)',
    ready,
    recorder,
    spools,
    access: createAccess({ ...options, isOpen, limits }),
    async close() {
      await recorder.close(deployment ? CLOSE_GRACE_MS : 0);
      if (deployment) return await (await ready).close();
      forgetEmbedded(state);
      // Also while it still starts.
      stopping.abort();
      // A cloud that did not start has been logged, and has nothing to close.
      ready.then((cloud) => cloud.close()).catch(() => undefined);
      temporary?.remove();
    },
  };
}
