/**
 * Composes the cloud of a gateway: the deployment of CONVEX_URL, or else the embedded cloud; the recorder that writes to it, and the
 * access control that asks it. The gateway does not wait for it, and answers from the start.
 */
import { randomUUID } from 'node:crypto';
import { createReminderBook, type ReminderBook } from '../../actors/assistant/memory/cloud-reminders.ts';
import type { ReplyVoice } from '../../actors/assistant/speech/reply-voice.ts';
import { type Access, createAccess } from '../../actors/cloud/access.ts';
import type { Cloud } from '../../actors/cloud/cloud.ts';
import { type CloudRecorder, type ConfirmWhen, createCloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import { openDeadLetters } from '../../actors/cloud/dead-letters.ts';
import { recordFolder } from '../../actors/cloud/record-files.ts';
import { openRecordQueue } from '../../actors/cloud/record-queue.ts';
import { openRecordingChoices } from '../../actors/cloud/recording-choices.ts';
import { turnKey } from '../../actors/cloud/records.ts';
import { createWakeExchange, type WakeExchange } from '../../actors/cloud/wake-exchange.ts';
import { createDiskRecorder } from '../../actors/session/disk-recorder.ts';
import { openSpoolFolder, type Spools } from '../../actors/session/spool-folder.ts';
import type { RunningPart } from '../core/actor/keep-running.ts';
import { errorFields } from '../core/errors.ts';
import {
  deadLettersFolder,
  queueFolder,
  recordingChoicesFile,
  recordsFolder,
  spoolFolder,
} from '../core/files/paths.ts';
import { tenantOf } from '../core/identity/tenant.ts';
import { DEFAULT_LIMITS, type Limits } from '../core/limits/limits.ts';
import type { Log } from '../core/log/log.ts';
import { systemClock } from '../core/time/clock.ts';
import { type CloudAddress, deploymentOf } from './cloud-address.ts';
import { holdLease } from './gateway-lease.ts';
import { countCalls } from './metrics/counted-cloud.ts';
import type { ReadMetrics } from './metrics/metric-registry.ts';
import { openOwnCloud } from './own-cloud.ts';
import { createSessionNotices, type OpenNotices } from './session-notices.ts';
import type { PagesCloud } from './web/page-tokens.ts';

/** How long records may still be sent when the gateway ends: to the embedded cloud, whose data is on this disk as well, and to a deployment. */
const EMBEDDED_GRACE_MS = 3_000;
const DEPLOYMENT_GRACE_MS = 10_000;

/** Where the data of a gateway's cloud is. */
export type CloudPlace =
  | { kind: 'deployment'; url: string }
  /** An ephemeral one is deleted when the gateway ends. */
  | { kind: 'embedded'; folder: string; isEphemeral: boolean };

/** The embedded cloud of another process. */
export interface SharedCloud {
  /** Resolves when it is there. */
  url: Promise<string>;
  gatewayKey: string;
  isEphemeral: boolean;
}

/** Records turns, and decides which devices may connect. */
export interface GatewayCloud {
  /** UUID of this gateway's process: gateways that share a cloud tell each other apart by it. */
  gatewayId: string;
  place: CloudPlace;
  address: PagesCloud;
  ready: Promise<Cloud>;
  recorder: CloudRecorder;
  /** For what is kept of a turn while it lasts. */
  spools: Spools;
  access: Access;
  /** Wake words at other gateways. */
  wakeExchange: WakeExchange;
  /** Timers, reminders and alarms of the connected devices. */
  reminders: ReminderBook;
  /** What is asked of the cloud. */
  readMetrics: ReadMetrics;
  /** What the gateway tells devices by itself, in this voice. */
  notices(voice: Pick<ReplyVoice, 'reply'> | undefined): OpenNotices;
  close(): Promise<void>;
}

/** `state` is the folder of the embedded cloud's data, and of records that wait until the cloud has them. */
export interface GatewayCloudOptions {
  state: string;
  /** Devices without a token may connect from this machine. */
  isOpen: boolean;
  /** An embedded cloud keeps its data in a temporary folder, which is deleted at the end; recordings stay in the state folder. */
  isEphemeral?: boolean;
  /** Default: those of src/core/limits/limits.ts. */
  limits?: Limits;
  /** When the device of a turn may delete it; default: when the disk of this gateway has it. */
  confirm?: ConfirmWhen;
  /** That of another process. Default: the deployment of the environment, or one of its own. */
  shared?: SharedCloud;
  /** UUID; default: a new one. */
  gatewayId?: string;
  /** Whose devices it serves; default: that of the environment. */
  tenant?: string;
  log: Log;
}

/** @throws EarshotError `usage`, `store_failed` */
export function openGatewayCloud(options: GatewayCloudOptions): GatewayCloud {
  const { state, isOpen, isEphemeral = false, limits = DEFAULT_LIMITS, gatewayId = randomUUID(), log } = options;
  const { confirm = 'disk' } = options;
  const { tenant = tenantOf(process.env) } = options;
  log.info('gateway starts', { gateway: gatewayId, tenant });
  const elsewhere = options.shared ?? deploymentOf(process.env);
  const own = elsewhere ? undefined : openOwnCloud(state, isEphemeral, limits, log);
  const source = (elsewhere ?? own) as CloudAddress | SharedCloud;
  const keepsHere = 'isEphemeral' in source && source.isEphemeral;
  let isClosing = false;
  const deadLetters = openDeadLetters({
    files: recordFolder(deadLettersFolder(state)),
    limits,
    now: systemClock.wallNow,
  });
  const queue = openRecordQueue({
    files: recordFolder(own?.queue ?? queueFolder(state)),
    deadLetters,
    limits,
    isDurable: confirm !== 'cloud',
    log,
  });
  const spools = openSpoolFolder({ folder: spoolFolder(state), memoryBytes: limits.turnMemoryBytes, log });
  const url = Promise.resolve(source.url);
  const ready = connect();
  url.catch(() => undefined); // It is logged below.
  ready.catch((error: unknown) => {
    if (!isClosing) log.error('there is no cloud; records wait on the disk', errorFields(error));
  });

  let readMetrics: ReadMetrics = () => [];
  let lease: RunningPart | undefined;

  async function connect(): Promise<Cloud> {
    const client = import('../../actors/cloud/convex-cloud.ts');
    const counted = countCalls(
      (await client).connectConvex({ url: await url, gatewayKey: source.gatewayKey, tenant, log }),
    );
    readMetrics = counted.read;
    lease = holdLease({ cloud: counted.cloud, gatewayId, clock: systemClock, log });
    return counted.cloud;
  }

  const shared = { cloud: ready, clock: systemClock, log };
  const isNeeded = (device: string, id: string) => queue.holdsRecording(turnKey(device, id));
  // What a cloud keeps is not kept twice; of an ephemeral one, what was confirmed to a device stays here.
  const lasting = keepsHere ? createDiskRecorder({ folder: recordsFolder(state), limits, isNeeded, log }) : undefined;
  const recordings = openRecordingChoices({ cloud: ready, file: recordingChoicesFile(state), log });
  const recorder = createCloudRecorder({
    ...shared,
    gatewayId,
    confirm,
    queue,
    keepsRecordings: recordings.keeps,
    encodingBytes: limits.recordingMemoryBytes,
    ...(lasting && { lasting }),
  });
  const reminders = createReminderBook({ ...shared, recorder });
  return {
    gatewayId,
    wakeExchange: createWakeExchange({ ...shared, gatewayId }),
    place: own
      ? { kind: 'embedded', folder: own.folder, isEphemeral }
      : { kind: 'deployment', url: typeof source.url === 'string' ? source.url : 'of the primary' },
    address: { url, gatewayKey: source.gatewayKey, tenant },
    ready,
    recorder,
    spools,
    access: createAccess({ ...shared, isOpen, limits }),
    reminders,
    readMetrics: () => readMetrics(),
    notices: (voice) => createSessionNotices({ ...shared, recorder, reminders, voice }),
    async close() {
      isClosing = true;
      const isDeployment = typeof source.url === 'string';
      await recorder.close(keepsHere ? 0 : isDeployment ? DEPLOYMENT_GRACE_MS : EMBEDDED_GRACE_MS);
      recordings.close();
      lease?.stop();
      if (isDeployment) return await (await ready).close();
      own?.close();
      // A cloud that did not start has been logged, and has nothing to close.
      ready.then((cloud) => cloud.close()).catch(() => undefined);
    },
  };
}
