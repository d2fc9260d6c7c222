/**
 * Carries records from the queue to the cloud, call by call: for each device one after the other and at most two calls a
 * second, for a few devices at the same time, and only while there is a connection. What fails is tried again with growing
 * delays; what can't be delivered is set aside, and the next one goes on. What happens in a turn is told as it happens, if
 * there is nothing more important to say; the last picture counts, those before it may be skipped.
 */
import type { CloudTurnRecord } from '../../convex/turns.ts';
import { keepRunning } from '../../src/core/actor/keep-running.ts';
import type { Scope } from '../../src/core/actor/scope.ts';
import { EarshotError, type ErrorInfo, errorFields, errorInfo, infoFields } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import { createOccasionalLog } from '../../src/core/log/occasional-log.ts';
import { backoffMs } from '../../src/core/time/backoff.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { createBudget } from './budget.ts';
import { type Cloud, CloudRefusal, type SessionRecord } from './cloud.ts';
import { createCloudClock } from './cloud-clock.ts';
import { createRateLimit, RATE_PERIOD_MS, type RateLimit } from './rate-limit.ts';
import type { QueueEntry, RecordQueue } from './record-queue.ts';
import type { QueuedRecord } from './records.ts';

const CALLS_PER_SECOND = 2;
/** Devices for which a call is made at the same time: their records go to the cloud together (batched-mutations.ts). */
const MAX_BUSY_LANES = 64;
/** Each is in memory meanwhile. */
const MAX_UPLOADS = 8;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** So often a record is tried before those behind it go first. */
const ATTEMPTS_IN_FRONT = 5;
/** And so often before it is given up, if the cloud has taken others meanwhile. */
const MAX_ATTEMPTS = 20;

export interface Delivery {
  /** There is something new in the queue. */
  offer(device: string): void;
  /** How a turn is just now. */
  tellLive(device: string, record: CloudTurnRecord): void;
  /** Resolves when all is delivered that can be now. */
  settled(): Promise<void>;
  /** `lanes`: devices for which something is done, or was within the second. */
  stats(): { delivered: number; retries: number; busy: number; lanes: number };
  stop(): void;
}

export interface DeliveryOptions {
  cloud: Cloud;
  queue: RecordQueue;
  /** Whether recordings of this device are kept: of the others none is uploaded. */
  keepsRecordings?: (device: string) => boolean;
  clock: Clock;
  log: Log;
  /** The cloud has this record, and its recording. */
  onDelivered: (record: QueuedRecord) => void;
  /** The cloud does not take it: it is in the dead letters. */
  onSetAside?: (record: QueuedRecord, reason: ErrorInfo) => void;
}

/** What is done for one device. There is one only while there is something to do, or was within the second. */
interface Lane {
  readonly device: string;
  readonly limit: RateLimit;
  live: CloudTurnRecord | undefined;
  /** In a row. */
  failures: number;
  /** What failed last was stuck before: whatever else there is need not wait. */
  failsAtStuck: boolean;
  /** `queued` for one of the places in which calls are made, `calling`, or `resting` until its timer. */
  state: 'idle' | 'queued' | 'calling' | 'resting' | 'failing';
  timer: unknown;
}

interface Counts {
  delivered: number;
  retries: number;
}

/** Runs until it is stopped. A crash of it costs nothing but time: what counts is in the queue. */
export function startDelivery({ clock, log, ...options }: DeliveryOptions): Delivery {
  const counts: Counts = { delivered: 0, retries: 0 };
  let lanes: Lanes | undefined;
  const running = keepRunning('the delivery to the cloud', { clock, log }, (scope) => {
    lanes = openLanes(options, counts, scope);
  });
  return {
    offer: (device) => lanes?.offer(device),
    tellLive: (device, record) => lanes?.tellLive(device, record),
    settled: async () => lanes?.settled(),
    stats: () => ({ ...counts, busy: 0, lanes: 0, ...lanes?.stats() }),
    stop: running.stop,
  };
}

interface Lanes extends Pick<Delivery, 'offer' | 'tellLive' | 'settled'> {
  stats(): { busy: number; lanes: number };
}

function openLanes(
  {
    cloud,
    queue,
    keepsRecordings = () => true,
    onDelivered,
    onSetAside = () => undefined,
  }: Omit<DeliveryOptions, 'clock' | 'log'>,
  counts: Counts,
  { clock, log, guard, run, onEnd }: Scope,
): Lanes {
  const lanes = new Map<string, Lane>();
  const queued = new Set<Lane>();
  const listeners = new Set<() => void>();
  let busy = 0;
  /** Lanes that go on by themselves: settled is when there is none. */
  let active = 0;
  const say = createOccasionalLog(log, clock.now);
  const cloudClock = createCloudClock(clock.wallNow);
  let stopped = false;
  const uploads = createBudget(MAX_UPLOADS);

  function laneOf(device: string): Lane {
    const known = lanes.get(device);
    if (known) return known;
    const limit = createRateLimit(CALLS_PER_SECOND);
    const lane: Lane = {
      device,
      limit,
      live: undefined,
      failures: 0,
      failsAtStuck: false,
      state: 'idle',
      timer: undefined,
    };
    lanes.set(device, lane);
    return lane;
  }

  function enter(lane: Lane, state: Lane['state']): void {
    const isActive = (each: Lane['state']) => each === 'queued' || each === 'calling' || each === 'resting';
    active += Number(isActive(state)) - Number(isActive(lane.state));
    lane.state = state;
    if (active === 0) for (const listener of listeners) listener();
  }

  const hasWork = ({ device, live }: Lane) => live !== undefined || queue.next(device) !== undefined;

  /** Finds out what is next for a lane that nothing is under way for. */
  function proceed(lane: Lane): void {
    if (stopped || lane.state === 'queued' || lane.state === 'calling') return;
    clock.clearTimeout(lane.timer);
    const waitMs = lane.limit.waitMs(clock.now());
    if (!hasWork(lane) || !cloud.isConnected) retire(lane);
    else if (waitMs > 0) rest(lane, 'resting', waitMs);
    else {
      enter(lane, 'queued');
      queued.add(lane);
      pump();
    }
  }

  function rest(lane: Lane, state: 'resting' | 'failing', waitMs: number): void {
    enter(lane, state);
    lane.timer = clock.setTimeout(() => proceed(lane), waitMs);
  }

  /** Forgets the lane once its rate allows anything. */
  function retire(lane: Lane): void {
    enter(lane, 'idle');
    lane.live = undefined;
    if (lane.limit.isRested(clock.now())) lanes.delete(lane.device);
    else lane.timer = clock.setTimeout(() => proceed(lane), RATE_PERIOD_MS);
  }

  function pump(): void {
    for (const lane of queued) {
      if (busy >= MAX_BUSY_LANES) return;
      queued.delete(lane);
      busy += 1;
      enter(lane, 'calling');
      run(() => serve(lane));
    }
  }

  async function serve(lane: Lane): Promise<void> {
    const retryInMs = await call(lane);
    busy -= 1;
    enter(lane, 'idle');
    if (retryInMs > 0 && !stopped) rest(lane, 'failing', retryInMs);
    else proceed(lane);
    pump();
  }

  /** Makes one call. Resolves with how long to wait after it, beyond what the rate asks; never rejects. */
  async function call(lane: Lane): Promise<number> {
    const entry = queue.next(lane.device);
    lane.limit.count(clock.now());
    try {
      if (entry) await deliver(lane, entry);
      else await tell(lane);
      lane.failures = 0;
      return 0;
    } catch (error) {
      // How a turn was a moment ago need not be told again. What fails because this ends stays in the queue.
      if (!entry || stopped || (await giveUp(entry, error))) return 0;
      counts.retries += 1;
      lane.failures += 1;
      lane.failsAtStuck = entry.isStuck;
      return backoffMs(lane.failures, { firstMs: FIRST_RETRY_MS, longestMs: LONGEST_RETRY_MS });
    }
  }

  /** A recording needs two calls: it gets its address first. One that is not kept any more is left out. */
  async function deliver(lane: Lane, entry: QueueEntry): Promise<void> {
    const isRecording = entry.rank === 'recording';
    if (isRecording && entry.storageId === undefined && keepsRecordings(entry.device)) {
      const upload = async () => cloud.upload(await cloud.uploadUrl(), await queue.readRecording(entry));
      return queue.recordingUploaded(entry, await uploads.spend(1, upload));
    }
    const record = await queue.read(entry);
    const { device } = record;
    if (record.kind === 'session') await tellSession(device, record.session);
    else if (record.kind === 'message') await cloud.recordMessage(device, record.message);
    else if (record.kind === 'announcement') await cloud.reportAnnouncement(device, record.report);
    else if (record.kind === 'reminder') await cloud.recordReminder(device, record.record);
    else if (record.kind === 'report') await cloud.addReport(device, record.report);
    else {
      // This is newer than whatever was to be told.
      if (lane.live?.turn === record.record.turn) lane.live = undefined;
      await tellTurn(entry, record.record);
      if (isRecording) await queue.recordingDelivered(entry);
    }
    counts.delivered += 1;
    await queue.remove(entry);
    onDelivered(record);
  }

  async function tellTurn(entry: QueueEntry, record: CloudTurnRecord): Promise<void> {
    const { device, storageId, durationMs = 0 } = entry;
    try {
      await cloud.recordTurn(device, record, storageId === undefined ? undefined : { storageId, durationMs });
    } catch (error) {
      if (storageId === undefined || !(error instanceof CloudRefusal) || error.refusal !== 'value_invalid') throw error;
      // The cloud has deleted the file, because no turn named it for long, or it was restored from a backup: it is uploaded again.
      queue.recordingUploaded(entry, undefined);
      throw new EarshotError('cloud_unavailable', error.message, 'The recording is uploaded again.', { cause: error });
    }
  }

  async function tellSession(device: string, session: SessionRecord): Promise<void> {
    const { connectedAt, ...rest } = session;
    if (connectedAt !== undefined && !cloudClock.isKnown) await cloudClock.measure(cloud.time);
    const connection = connectedAt === undefined ? {} : { connectedAt: cloudClock.toCloud(connectedAt) };
    await cloudClock.measure(() => cloud.recordSession(device, { ...rest, ...connection }));
  }

  async function tell(lane: Lane): Promise<void> {
    const { live } = lane;
    lane.live = undefined;
    if (live) await cloud.recordTurn(lane.device, live);
  }

  /** Whether the record is past hope. If not, those behind it may go first. */
  async function giveUp(entry: QueueEntry, error: unknown): Promise<boolean> {
    const reason = errorInfo(error);
    const { key } = entry;
    entry.failures += 1;
    entry.deliveredAtFirstFailure ??= counts.delivered;
    const isRefused = error instanceof CloudRefusal && !error.isTemporary;
    // The functions of the cloud are updated one day.
    const isOutdated = reason.code === 'cloud_outdated';
    const isHopeless =
      !isOutdated && entry.failures >= MAX_ATTEMPTS && counts.delivered > entry.deliveredAtFirstFailure;
    try {
      if ((isRefused || isHopeless) && (await setAside(entry, reason))) return true;
      if (entry.failures % ATTEMPTS_IN_FRONT === 0) queue.postpone(entry);
    } catch (cause) {
      log.error('a record cannot be set aside', { key, ...errorFields(cause) });
      queue.postpone(entry);
    }
    say('a record did not reach the cloud; it is tried again', { key, ...infoFields(reason) });
    return false;
  }

  /** False: there is no room among the dead letters. */
  async function setAside(entry: QueueEntry, reason: ErrorInfo): Promise<boolean> {
    const record = await queue.read(entry);
    if (!(await queue.setAside(entry, reason))) return false;
    onSetAside(record, reason);
    return true;
  }

  /** The connection is new: what failed before may work now. */
  function proceedAll(): void {
    for (const device of queue.devices()) laneOf(device);
    for (const lane of lanes.values()) proceed(lane);
  }

  onEnd(() => {
    stopped = true;
    for (const listener of listeners) listener();
  });
  const onConnection = (isConnected: boolean) => {
    if (isConnected) proceedAll();
  };
  onEnd(cloud.watchConnection(guard(onConnection)));
  proceedAll();

  return {
    offer: guard((device) => {
      const lane = laneOf(device);
      const isFree = lane.state === 'failing' && lane.failsAtStuck && queue.next(device)?.isStuck === false;
      if (lane.state === 'idle' || isFree) proceed(lane);
    }),
    tellLive: guard((device, record) => {
      // Without a connection there is nobody to tell; what counts is in the queue.
      if (!cloud.isConnected) return;
      const lane = laneOf(device);
      lane.live = record;
      if (lane.state === 'idle') proceed(lane);
    }),
    async settled() {
      if (!stopped && active > 0) await new Promise<void>((resolve) => listeners.add(resolve));
    },
    stats: () => ({ busy, lanes: lanes.size }),
  };
}
