/**
 * Records sessions and turns for the cloud: everything that must last goes to the queue on disk first, and from there to the
 * cloud when it can be reached. The audio path hands over its packets and goes on.
 */
import type { NewestConnection } from '../../convex/connections.ts';
import type { CloudMessage } from '../../convex/messages.ts';
import type { ReminderRecord } from '../../convex/reminders.ts';
import { EarshotError, errorFields } from '../../src/core/errors.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import type { Log } from '../../src/core/log/log.ts';
import { createOccasionalLog } from '../../src/core/log/occasional-log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { within } from '../../src/core/time/within.ts';
import type { CompletedTurn, TurnRecorder } from '../session/turn-recorder.ts';
import { createBudget } from './budget.ts';
import type { AnnouncementReport, Cloud, UsedBefore } from './cloud.ts';
import type { ConnectionClaim } from './connection-claim.ts';
import { type Delivery, startDelivery } from './delivery.ts';
import type { QueueStats, RecordQueue } from './record-queue.ts';
import { encodeRecording } from './recording-file.ts';
import { type QueuedRecord, turnKey } from './records.ts';
import type { SessionLog } from './session-log.ts';
import { recordSession, type SessionRecorder } from './session-recorder.ts';
import { createTurnStandings, type TurnStandings } from './turn-standings.ts';

/** Turns that are remembered as recorded, so that one that comes again is confirmed at once. */
const REMEMBERED_TURNS = 10_000;

/** Reports of devices are delivered together, so often. */
const REPORTS_INTERVAL_MS = 2_000;
/** For the cloud to say that it has a turn which a device delivers again; meanwhile it is sent. */
const RECORDED_PATIENCE_MS = 500;

/** When the device of a turn may delete it: when the disk of this gateway has it, or when the cloud has it with its recording. */
export const CONFIRM_WHEN = ['disk', 'cloud'] as const;
export type ConfirmWhen = (typeof CONFIRM_WHEN)[number];

export interface CloudRecorder extends TurnRecorder {
  /** Stores a message of a conversation; nobody waits for it. */
  message(device: string, message: CloudMessage): void;
  /** What became of an announcement. */
  announcement(device: string, report: AnnouncementReport): void;
  /** A reminder as it is now. */
  reminder(device: string, record: ReminderRecord): void;
  /** Those that the cloud does not have yet, also of an earlier process. */
  waitingReminders(device: string): Promise<ReminderRecord[]>;
  /** What became of a turn that is sent again. Waits for the cloud until `signal` is aborted. */
  standing: TurnStandings['untilTold'];
  /** Tells the cloud at once what a device that goes to another gateway has used; where that fails, it is forgotten. */
  used(device: string, used: UsedBefore): void;
  /** Resolves when the cloud has the turn and its recording. */
  inCloud(device: string, id: string): Promise<void>;
  /** `onReplaced`: its device has connected elsewhere, later. */
  observe(session: string, onReplaced?: (by: NewestConnection) => void): SessionRecorder;
  stats(): { queue: QueueStats; delivery: ReturnType<Delivery['stats']> | undefined };
  /** Gives what is on its way a moment; the rest stays in the queue. */
  close(graceMs: number): Promise<void>;
}

export interface CloudRecorderOptions {
  /** UUID of this process: of which gateway a session was. */
  gatewayId?: string;
  /** Default: `disk`. With `cloud` the queue may be in a folder that does not last. */
  confirm?: ConfirmWhen;
  /** The cloud comes when it is ready; until then records wait. */
  cloud: Promise<Cloud>;
  queue: RecordQueue;
  /** Whether recordings of this device are kept; of the others the audio is written nowhere. */
  keepsRecordings?: (device: string) => boolean;
  /** Keeps turns for good where the cloud does not: one in memory. */
  lasting?: TurnRecorder;
  /** Recordings are made into files so many bytes at a time; the others wait. */
  encodingBytes?: number;
  clock: Clock;
  log: Log;
}

export function createCloudRecorder({
  gatewayId,
  confirm = 'disk',
  cloud,
  queue,
  keepsRecordings = () => true,
  lasting,
  encodingBytes = DEFAULT_LIMITS.recordingMemoryBytes,
  clock,
  log,
}: CloudRecorderOptions): CloudRecorder {
  /** What each connected device's session knows of its turns. */
  const logs = new Map<string, SessionLog>();
  /** Of the sessions that are open. */
  const claims = new Map<string, ConnectionClaim>();
  /** Recorded in this life: those that the cloud has, and those that wait for it. */
  const recorded = new Set<string>();
  const delivered = new Map<string, Deferred>();
  /** Of these the cloud gets no recording. */
  const unkept = new Set<string>();
  let delivery: Delivery | undefined;
  let closed = false;
  const say = createOccasionalLog(log, clock.now);
  /** Bytes of turns that are made into files. */
  const encoding = createBudget(encodingBytes);

  cloud.then(
    (ready) => {
      if (closed) return;
      delivery = startDelivery({
        cloud: ready,
        queue,
        keepsRecordings,
        clock,
        log,
        onSetAside(record, { message, hint }) {
          // Where its disk counts, it is kept there.
          if (confirm !== 'cloud' || record.kind !== 'turn') return;
          const refused = new EarshotError('turn_refused', `The cloud does not take the turn: ${message}`, hint);
          deferred(turnKey(record.device, record.record.turn)).reject(refused);
        },
        onDelivered(record) {
          if (record.kind === 'session') claims.get(record.session.session)?.onDelivered(record.session.connectedAt);
          if (record.kind !== 'turn') return;
          const key = turnKey(record.device, record.record.turn);
          if (unkept.delete(key) || record.durationMs !== undefined) deferred(key).resolve();
        },
      });
    },
    (error: unknown) => log.error('there is no cloud; records are kept for it', errorFields(error)),
  );

  function remember<T>(collection: { size: number; keys(): Iterator<T>; delete(key: T): void }): void {
    if (collection.size <= REMEMBERED_TURNS) return;
    const oldest = collection.keys().next();
    if (!oldest.done) collection.delete(oldest.value);
  }

  function deferred(key: string): Deferred {
    const known = delivered.get(key);
    if (known) return known;
    const created = createDeferred();
    delivered.set(key, created);
    remember(delivered);
    return created;
  }

  /** On their way to the disk. */
  const writing = new Set<Promise<void>>();

  /** Devices with a report that waits for those of others, to be delivered in the same call. */
  const reporting = new Set<string>();
  let reportTimer: unknown;

  function laterReports(device: string): void {
    if (reporting.size === 0) {
      deliverReportsLater().catch((error: unknown) => say('reports are not delivered', errorFields(error), 'error'));
    }
    reporting.add(device);
  }

  async function deliverReportsLater(): Promise<void> {
    await new Promise<void>((resolve) => {
      reportTimer = clock.setTimeout(resolve, REPORTS_INTERVAL_MS);
    });
    deliverReports();
  }

  function deliverReports(): void {
    clock.clearTimeout(reportTimer);
    for (const device of reporting) delivery?.offer(device);
    reporting.clear();
  }

  async function keep(record: QueuedRecord, recording?: Uint8Array, offer = offerNow): Promise<void> {
    if (closed) throw new EarshotError('store_failed', 'The gateway is shutting down', 'The device keeps the turn.');
    const written = queue.put(record, recording);
    // `close` waits for it; its failure is thrown below.
    const settled = written.catch(() => undefined).finally(() => writing.delete(settled));
    writing.add(settled);
    await written;
    offer(record.device);
  }

  function offerNow(device: string): void {
    delivery?.offer(device);
  }

  /** For what nobody waits for. */
  function keepQuietly(record: QueuedRecord, offer = offerNow): void {
    keep(record, undefined, offer).catch((error: unknown) =>
      say('a record is lost', { device: record.device, ...errorFields(error) }, 'error'),
    );
  }

  async function record(turn: CompletedTurn): Promise<void> {
    const { id, device, trigger, startedAtMs, offline, audio } = turn;
    const told = () =>
      logs.get(device)?.turn(id) ??
      ({ turn: id, session: '', trigger, offline, startedAt: startedAtMs, state: 'processing' } as const);
    if (keepsRecordings(device)) {
      await encoding.spend(audio.bytes, async () => {
        const { file, durationMs } = await encodeRecording(turn);
        await keep({ kind: 'turn', device, record: told(), durationMs }, file);
      });
    } else {
      unkept.add(turnKey(device, id));
      remember(unkept);
      await keep({ kind: 'turn', device, record: told() });
    }
    recorded.add(turnKey(device, id));
    remember(recorded);
  }

  const standings = createTurnStandings({ cloud, queue, log });

  return {
    has(device, id) {
      const key = turnKey(device, id);
      if (lasting) return lasting.has(device, id) || (recorded.has(key) && !keepsRecordings(device));
      // That something is known of the turn says nothing of its sound.
      return recorded.has(key) || queue.holdsRecording(key);
    },
    async record(turn) {
      if (!lasting || !keepsRecordings(turn.device)) return await record(turn);
      await lasting.record(turn);
      // It is kept for good there, whatever becomes of it here.
      await record(turn).catch((error: unknown) =>
        say('a turn does not reach the cloud', { turn: turn.id, device: turn.device, ...errorFields(error) }, 'error'),
      );
    },
    message: (device, message) => keepQuietly({ kind: 'message', device, message }),
    announcement: (device, report) => keepQuietly({ kind: 'announcement', device, report }),
    reminder: (device, changed) => keepQuietly({ kind: 'reminder', device, record: changed }),
    async waitingReminders(device) {
      const found = await Promise.allSettled(queue.waiting(device, 'reminder').map((entry) => queue.read(entry)));
      return found.flatMap((read) =>
        read.status === 'fulfilled' && read.value.kind === 'reminder' ? [read.value.record] : [],
      );
    },
    standing: standings.untilTold,
    used(device, used) {
      cloud
        .then(async (ready) => ready.isConnected && (await ready.reportUsed(device, used)))
        .catch((error: unknown) => say('what a device has used is not told', { device, ...errorFields(error) }));
    },
    async isInCloud(device, id) {
      // What is confirmed while the cloud does not last is kept here.
      if (lasting) return false;
      const leaving = new AbortController();
      let isRecorded = false;
      const ask = async () => {
        isRecorded = (await standings.now(device, id, leaving.signal))?.recorded ?? false;
      };
      await within(ask(), RECORDED_PATIENCE_MS, clock);
      leaving.abort();
      if (!isRecorded) return false;
      const key = turnKey(device, id);
      recorded.add(key);
      remember(recorded);
      deferred(key).resolve();
      return true;
    },
    confirmable: (device, id) => (confirm === 'cloud' ? deferred(turnKey(device, id)).promise : undefined),
    inCloud: (device, id) => deferred(turnKey(device, id)).promise,

    observe: (session, onReplaced = () => undefined) =>
      recordSession({
        ...{ session, gatewayId, claims, logs, clock, onReplaced },
        keep: keepQuietly,
        keepReport: (record) => keepQuietly(record, laterReports),
        tellLive: (device, record) => delivery?.tellLive(device, record),
        waits: (device, turn) => queue.has(turnKey(device, turn)),
      }),

    stats: () => ({ queue: queue.stats(), delivery: delivery?.stats() }),

    async close(graceMs) {
      closed = true;
      await Promise.all(writing);
      deliverReports();
      let timer: unknown;
      const grace = new Promise<void>((resolve) => {
        timer = clock.setTimeout(resolve, graceMs);
      });
      await Promise.race([delivery?.settled(), grace]);
      clock.clearTimeout(timer);
      delivery?.stop();
    },
  };
}

interface Deferred {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: EarshotError) => void;
}

function createDeferred(): Deferred {
  let resolve = () => {};
  let reject: Deferred['reject'] = () => {};
  const promise = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  // Perhaps nobody waits for it.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
