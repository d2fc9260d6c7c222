/**
 * Carries records from the queue to the cloud: for each device one after the other, at most two calls a second, tried again
 * with growing delays, and only while there is a connection. What happens in a turn is told as it happens, if there is
 * nothing more important to say; the last picture counts, those before it may be skipped.
 */
import type { TurnRecord } from '../../convex/turns.ts';
import type { Clock } from '../../src/clock.ts';
import { errorInfo } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import { type Cloud, CloudRefusal } from './cloud.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';
import type { QueueEntry, RecordQueue } from './record-queue.ts';

const CALLS_PER_SECOND = 2;
/** Devices that are served at the same time; the others wait their turn. */
const MAX_BUSY_LANES = 8;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** An error that has no name may pass; one that lasts this long won't. */
const MAX_ATTEMPTS = 20;

export interface Delivery {
  /** There is something new in the queue. */
  offer(device: string): void;
  /** How a turn is just now. */
  tellLive(device: string, record: TurnRecord): void;
  /** Resolves when all is delivered that can be. */
  settled(): Promise<void>;
  stats(): { delivered: number; refused: number; retries: number; busy: number };
  stop(): void;
}

export interface DeliveryOptions {
  cloud: Cloud;
  queue: RecordQueue;
  clock: Clock;
  log: Log;
  /** The cloud has this record, and its recording. */
  onDelivered: (entry: QueueEntry) => void;
}

interface Lane {
  device: string;
  limit: RateLimit;
  live: TurnRecord | undefined;
  attempts: number;
  running: boolean;
  retry: unknown;
}

export function startDelivery({ cloud, queue, clock, log, onDelivered }: DeliveryOptions): Delivery {
  const lanes = new Map<string, Lane>();
  const waiting = new Set<Lane>();
  const listeners = new Set<() => void>();
  let busy = 0;
  let stopped = false;
  let delivered = 0;
  let refused = 0;
  let retries = 0;

  function laneOf(device: string): Lane {
    const known = lanes.get(device);
    if (known) return known;
    for (const lane of lanes.values()) if (isIdle(lane)) lanes.delete(lane.device);
    const limit = createRateLimit(CALLS_PER_SECOND);
    const lane: Lane = { device, limit, live: undefined, attempts: 0, running: false, retry: undefined };
    lanes.set(device, lane);
    return lane;
  }

  function wake(lane: Lane): void {
    if (stopped || lane.running || lane.retry !== undefined || !cloud.isConnected) return;
    waiting.add(lane);
    pump();
  }

  function pump(): void {
    for (const lane of waiting) {
      if (busy >= MAX_BUSY_LANES) return;
      waiting.delete(lane);
      busy += 1;
      lane.running = true;
      void run(lane).finally(() => {
        busy -= 1;
        lane.running = false;
        pump();
        for (const listener of listeners) listener();
      });
    }
  }

  function isIdle(lane: Lane): boolean {
    const { live, running, retry, limit } = lane;
    return !live && !running && retry === undefined && limit.isRested(clock.now()) && !queue.next(lane.device);
  }

  async function run(lane: Lane): Promise<void> {
    while (!stopped && cloud.isConnected) {
      const entry = queue.next(lane.device);
      const live = lane.live;
      if (!entry && !live) return;
      try {
        if (entry) await deliver(lane, entry);
        else if (live) await tell(lane, live);
        lane.attempts = 0;
      } catch (error) {
        if (!entry) lane.live = undefined;
        else if (!(await giveUp(lane, entry, error))) return retryLater(lane);
      }
    }
  }

  async function deliver(lane: Lane, entry: QueueEntry): Promise<void> {
    const { record } = entry;
    const { device } = record;
    if (record.kind === 'session') await call(lane, () => cloud.recordSession(device, record.session));
    else if (record.kind === 'report') await call(lane, () => cloud.addReport(device, record.report));
    else {
      // This is newer than whatever was to be told.
      if (lane.live?.turn === record.record.turn) lane.live = undefined;
      const storageId = entry.hasRecording ? await upload(lane, entry) : undefined;
      const recording = storageId === undefined ? undefined : { storageId, durationMs: record.durationMs ?? 0 };
      await call(lane, () => cloud.recordTurn(device, record.record, recording));
      if (recording) await queue.recordingDelivered(entry);
    }
    delivered += 1;
    await queue.remove(entry);
    onDelivered(entry);
  }

  async function upload(lane: Lane, entry: QueueEntry): Promise<string> {
    entry.storageId ??= await cloud.upload(await call(lane, () => cloud.uploadUrl()), await queue.readRecording(entry));
    return entry.storageId;
  }

  async function tell(lane: Lane, live: TurnRecord): Promise<void> {
    await call(lane, async () => {
      const newest = lane.live ?? live;
      lane.live = undefined;
      await cloud.recordTurn(lane.device, newest);
    });
  }

  /** Waits until the device's rate allows it. */
  async function call<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    const waitMs = lane.limit.waitMs(clock.now());
    if (waitMs > 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, waitMs));
    lane.limit.count(clock.now());
    return await work();
  }

  /** Whether the record is past hope, and the next one's turn has come. */
  async function giveUp(lane: Lane, entry: QueueEntry, error: unknown): Promise<boolean> {
    const isRefusal = error instanceof CloudRefusal && !error.isTemporary;
    if (!isRefusal && lane.attempts + 1 < MAX_ATTEMPTS) {
      log.warn('a record did not reach the cloud; it is tried again', { key: entry.key, ...errorInfo(error) });
      return false;
    }
    refused += 1;
    log.error('the cloud does not take a record', { key: entry.key, device: lane.device, ...errorInfo(error) });
    lane.attempts = 0;
    await queue.recordingDelivered(entry);
    await queue.remove(entry);
    return true;
  }

  function retryLater(lane: Lane): void {
    retries += 1;
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** lane.attempts, LONGEST_RETRY_MS);
    lane.attempts += 1;
    lane.retry = clock.setTimeout(() => {
      lane.retry = undefined;
      wake(lane);
    }, delayMs);
  }

  function wakeAll(): void {
    for (const device of queue.devices()) laneOf(device);
    for (const lane of lanes.values()) wake(lane);
  }

  const unwatch = cloud.watchConnection((isConnected) => isConnected && wakeAll());
  wakeAll();

  return {
    offer: (device) => wake(laneOf(device)),
    tellLive(device, record) {
      // Without a connection there is nobody to tell; what counts is in the queue.
      if (!cloud.isConnected) return;
      const lane = laneOf(device);
      lane.live = record;
      wake(lane);
    },
    async settled() {
      while (!stopped && busy > 0) await new Promise<void>((resolve) => listeners.add(resolve));
    },
    stats: () => ({ delivered, refused, retries, busy }),
    stop() {
      stopped = true;
      unwatch();
      for (const { retry } of lanes.values()) clock.clearTimeout(retry);
      for (const listener of listeners) listener();
    },
  };
}
