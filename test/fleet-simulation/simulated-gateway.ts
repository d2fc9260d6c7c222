/**
 * A gateway's process in virtual time: the real sessions, access control, recorder, queue and delivery. Its disk and its connections are
 * simulated; it can be killed at any moment, and its disk may come back with the next process.
 */
import { type Access, createAccess } from '../../actors/cloud/access.ts';
import { type CloudRecorder, type ConfirmWhen, createCloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import { openDeadLetters } from '../../actors/cloud/dead-letters.ts';
import type { RecordFiles } from '../../actors/cloud/record-files.ts';
import { openRecordQueue } from '../../actors/cloud/record-queue.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import type { QueueMetrics } from '../../src/core/actor/queue-metrics.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { createDraining } from '../../src/gateway/draining.ts';
import { reasonsNotReady } from '../../src/gateway/readiness.ts';
import { createSessions, type Sessions } from '../../src/gateway/sessions.ts';
import { type MemoryFiles, memoryFiles } from '../support/memory-files.ts';
import type { VirtualConnection } from '../support/virtual-connection.ts';
import { type CloudConnection, openCloudConnection } from './cloud-connection.ts';
import { type ProcessClock, processClock } from './process-clock.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';

/** Of one operation on its disk, fsync included. */
const DISK_MS = 4;

/** How fast the disks are. */
export interface DiskSpeed {
  operationMs: number;
}

export function usualDisks(): DiskSpeed {
  return { operationMs: DISK_MS };
}

/** What of a gateway outlives its process. */
export interface GatewayDisk {
  queue: MemoryFiles;
  deadLetters: MemoryFiles;
}

export function emptyDisk(): GatewayDisk {
  return { queue: memoryFiles(), deadLetters: memoryFiles() };
}

export interface GatewayOptions {
  name: string;
  cloud: SimulatedCloud;
  clock: Clock;
  random: () => number;
  newId: () => string;
  disk: GatewayDisk;
  diskSpeed: DiskSpeed;
  confirm: ConfirmWhen;
  /** One way to the cloud. */
  cloudLatencyMs: number;
  respond: (recorder: CloudRecorder) => Responder;
  note: (text: string) => void;
}

export interface SimulatedGateway {
  readonly name: string;
  readonly isAlive: boolean;
  /** Its way to the cloud. */
  readonly cloud: CloudConnection;
  /** What `/readyz` answers. */
  readonly isReady: boolean;
  /** It takes no further devices, and asks those that it has to go. Resolves when they have gone, or the time is over. */
  drain(timeoutMs: number): Promise<void>;
  /** A device dials. */
  take(connection: VirtualConnection, token: string): void;
  /** It has ended. */
  release(connection: VirtualConnection): void;
  connections(): number;
  /** Devices with an open session. */
  devices(): readonly string[];
  /** Its connections, which stall together when its machine is away. */
  silence(): void;
  queues(): QueueMetrics[];
  /** The cloud has all of its records. */
  isSettled(): boolean;
  kill(): void;
}

export function startSimulatedGateway(options: GatewayOptions): SimulatedGateway {
  const { name, cloud, random, newId, disk, diskSpeed, confirm, cloudLatencyMs, respond, note } = options;
  const clock = processClock(options.clock);
  const log = silentLog;
  const limits = DEFAULT_LIMITS;
  const connection = openCloudConnection({ cloud, clock, random, newId, latencyMs: cloudLatencyMs });
  const ready = Promise.resolve(connection.cloud);
  const deadLetters = openDeadLetters({
    files: timedDisk(disk.deadLetters, clock, diskSpeed),
    limits,
    now: clock.wallNow,
  });
  const queue = openRecordQueue({ files: timedDisk(disk.queue, clock, diskSpeed), deadLetters, limits, log });
  const recorder = createCloudRecorder({ cloud: ready, queue, clock, log, confirm, gatewayId: newId() });
  const access = createAccess({ cloud: ready, isOpen: false, limits, clock, log });
  const connections = new Set<VirtualConnection>();
  const sessionDevices = new Map<string, string>();
  const readers = new Set<() => QueueMetrics[]>();
  const sessions = createSessions({
    ...{ recorder, clock, log, limits, newId, responder: respond(recorder) },
    observe: recorder.observe,
    standing: recorder.standing,
    tellUsed: recorder.used,
    watch: access.watch,
    queues: {
      watch(read) {
        readers.add(read as () => QueueMetrics[]);
        return () => readers.delete(read as () => QueueMetrics[]);
      },
    },
    onNotification(notification) {
      if (clock.isDead) return;
      note(`${name} ${notification.type} ${'turnId' in notification ? notification.turnId : ''}`);
      if (notification.type === 'session.opened') sessionDevices.set(notification.session, notification.device);
      if (notification.type === 'session.closed') sessionDevices.delete(notification.session);
    },
  });

  const draining = createDraining({ sessions, refuse: () => undefined, clock, log });

  return {
    name,
    get isAlive() {
      return !clock.isDead;
    },
    get isReady() {
      const { queue } = recorder.stats();
      const facts = { isDraining: draining.state !== 'serving', isCloudConnected: connection.cloud.isConnected, queue };
      return !clock.isDead && reasonsNotReady(facts).length === 0;
    },
    drain: draining.drain,
    cloud: connection,
    take(taken, token) {
      connections.add(taken);
      void admit({ access, sessions, clock }, taken, token);
    },
    release: (ended) => void connections.delete(ended),
    connections: () => connections.size,
    devices: () => [...sessionDevices.values()],
    silence() {
      for (const each of connections) each.silence();
      connections.clear();
    },
    queues() {
      const { waiting, limit, dropped, refused } = recorder.stats().queue;
      const records = { name: 'cloud records', unit: 'records', depth: waiting, limit, sent: 0 } as const;
      return [...[...readers].flatMap((read) => read()), { ...records, dropped: dropped + refused }];
    },
    isSettled: () => recorder.stats().queue.waiting === 0 && connection.waiting() === 0,
    kill() {
      clock.kill();
      for (const each of connections) each.die();
      connections.clear();
      void connection.cloud.close();
    },
  };
}

interface Admitting {
  access: Access;
  sessions: Sessions;
  clock: ProcessClock;
}

async function admit({ access, sessions, clock }: Admitting, taken: VirtualConnection, token: string): Promise<void> {
  const admission = await access.admit({ token, isLocal: false, address: token });
  if (clock.isDead) return;
  if (admission.kind === 'device') {
    return taken.accept((take) => sessions.accept(take, { authenticated: admission }));
  }
  const isRefused = admission.kind === 'refused' && admission.status === 401;
  taken.refuse(new EarshotError(isRefused ? 'token_refused' : 'gateway_unreachable', `HTTP ${admission.kind}`, ''));
}

/** Each operation takes its time, one after the other; what a dead process had not done yet is not done. */
function timedDisk(files: MemoryFiles, clock: ProcessClock, speed: DiskSpeed): RecordFiles {
  let freeAtMs = 0;
  function after<T>(work: () => Promise<T>): Promise<T> {
    // Several at the same time, as a disk takes them, but never one before an earlier one.
    freeAtMs = Math.max(freeAtMs, clock.now() + speed.operationMs);
    return new Promise((resolve, reject) => {
      clock.setTimeout(() => work().then(resolve, reject), freeAtMs - clock.now());
    });
  }
  return {
    find: files.find,
    tidy: files.tidy,
    keys: files.keys,
    rename: files.rename,
    save: (key, content) => after(() => files.save(key, content)),
    read: (key) => after(() => files.read(key)),
    readRecording: (key) => after(() => files.readRecording(key)),
    removeRecording: (key) => after(() => files.removeRecording(key)),
    remove: (key) => after(() => files.remove(key)),
  };
}
