/**
 * The gateway's queue: what the cloud does not have yet. A turn with its recording is durable once it is in here, whatever
 * becomes of the cloud or the gateway; a newer picture of a record takes the place of the older one.
 *
 * It has limits, for each device and in all. At one of them reports go first, then sessions, then messages, then what is known of turns. A
 * recording never goes: it was confirmed. When recordings alone fill the queue a new one is refused before it is confirmed,
 * and its device keeps it.
 */
import { EarshotError, type ErrorInfo, errorFields } from '../../src/core/errors.ts';
import type { Limits } from '../../src/core/limits/limits.ts';
import type { Log } from '../../src/core/log/log.ts';
import { createOccasionalLog } from '../../src/core/log/occasional-log.ts';
import type { DeadLetters } from './dead-letters.ts';
import { createRanked, type Ranked, type RankedItem, type Sum } from './ranked.ts';
import type { FoundRecord, RecordFiles } from './record-files.ts';
import { keyOf, parseRecord, type QueuedRecord } from './records.ts';

/** What is kept of a record in memory; the record itself is on the disk. */
export interface QueueEntry extends RankedItem {
  readonly device: string;
  readonly version: number;
  /** Of its recording, while that is here. */
  readonly recordingBytes: number;
  /** Of its recording, whether it waits here or was delivered before. */
  readonly durationMs: number | undefined;
  /** Its recording is uploaded, but the record that names it was not taken yet. */
  storageId: string | undefined;
  /** How often its delivery has failed without a reason that lies in it. */
  failures: number;
  /** Records that the cloud had taken when it failed first. */
  deliveredAtFirstFailure: number | undefined;
}

export type QueueLimits = Pick<Limits, 'queueRecords' | 'queueBytes' | 'deviceQueueRecords' | 'deviceQueueBytes'>;

export interface RecordQueue {
  has(key: string): boolean;
  /** Whether the recording of this turn is on the disk. */
  holdsRecording(key: string): boolean;
  /**
   * Resolves when it is kept. What there is no room for is dropped and counted, unless it has a recording.
   * @throws EarshotError (by rejection) `store_full` for a recording that there is no room for, `store_failed`
   */
  put(record: QueuedRecord, recording?: Uint8Array): Promise<void>;
  /** What to deliver of a device: what is worth most, the oldest first. */
  next(device: string): QueueEntry | undefined;
  /** Those of which something waits. */
  devices(): Iterable<string>;
  /** What waits of a device, of this rank. */
  waiting(device: string, rank: QueueEntry['rank']): QueueEntry[];
  /** @throws (by rejection) when it cannot be read */
  read(entry: QueueEntry): Promise<QueuedRecord>;
  readRecording(entry: QueueEntry): Promise<Uint8Array>;
  /** The file is in the cloud, and no turn names it yet; undefined: not any more. What was put meanwhile has the same recording. */
  recordingUploaded(entry: QueueEntry, storageId: string | undefined): void;
  /** The cloud has the recording. */
  recordingDelivered(entry: QueueEntry): Promise<void>;
  /** The cloud has this version. A newer one stays. */
  remove(entry: QueueEntry): Promise<void>;
  /** It goes last from now on: others of its device need not wait for it. */
  postpone(entry: QueueEntry): void;
  /** It can't be delivered: it goes to the dead letters. False: they are full; it stays, and goes last. */
  setAside(entry: QueueEntry, reason: ErrorInfo): Promise<boolean>;
  stats(): QueueStats;
}

export interface QueueStats {
  waiting: number;
  /** Records. */
  limit: number;
  bytes: number;
  byteLimit: number;
  /** Records that there was no room for. */
  dropped: number;
  /** Recordings that there was no room for: their devices keep them. */
  refused: number;
  /** Records that went to the dead letters in this life. */
  setAside: number;
  deadLetters: ReturnType<DeadLetters['stats']>;
}

export interface RecordQueueOptions {
  files: RecordFiles;
  deadLetters: DeadLetters;
  limits: QueueLimits;
  /** Recordings are on the disk (fsync) when they are kept. Default: yes. No: their devices have them until the cloud has. */
  isDurable?: boolean;
  log: Log;
}

/** @throws EarshotError `store_failed` when the folder cannot be used. */
export function openRecordQueue({
  files,
  deadLetters,
  limits,
  isDurable = true,
  log,
}: RecordQueueOptions): RecordQueue {
  const entries = new Map<string, QueueEntry>();
  const all = createRanked<QueueEntry>();
  const byDevice = new Map<string, Ranked<QueueEntry>>();
  /** Keys whose recording is on the disk. */
  const stored = new Set<string>();
  const say = createOccasionalLog(log);
  let dropped = 0;
  let refused = 0;
  let setAside = 0;

  function add(entry: QueueEntry): void {
    const ofDevice = byDevice.get(entry.device) ?? createRanked<QueueEntry>();
    byDevice.set(entry.device, ofDevice);
    entries.set(entry.key, entry);
    for (const ranked of [all, ofDevice]) ranked.add(entry);
  }

  function forget(entry: QueueEntry): void {
    const ofDevice = byDevice.get(entry.device);
    for (const ranked of [all, ofDevice]) ranked?.delete(entry);
    if (ofDevice?.sum.records === 0) byDevice.delete(entry.device);
    entries.delete(entry.key);
  }

  function change(entry: QueueEntry, changes: Partial<QueueEntry>): void {
    forget(entry);
    add({ ...entry, ...changes });
  }

  /** The record and its files. */
  async function discard(entry: QueueEntry): Promise<void> {
    forget(entry);
    stored.delete(entry.key);
    await files.remove(entry.key);
  }

  function makeRoom(entry: QueueEntry): boolean {
    const { deviceQueueRecords, deviceQueueBytes, queueRecords, queueBytes } = limits;
    const ofDevice = byDevice.get(entry.device);
    return (
      makeRoomIn(ofDevice, { records: deviceQueueRecords, bytes: deviceQueueBytes }, entry) &&
      makeRoomIn(all, { records: queueRecords, bytes: queueBytes }, entry)
    );
  }

  function makeRoomIn(ranked: Ranked<QueueEntry> | undefined, limit: Sum, { rank, bytes }: QueueEntry): boolean {
    const isOver = (sum: Sum) => sum.records + 1 > limit.records || sum.bytes + bytes > limit.bytes;
    if (isOver(ranked?.fixedFor(rank) ?? NOTHING)) return false;
    while (ranked && isOver(ranked.sum)) {
      const first = ranked.firstToGo(rank);
      if (!first) return false;
      drop(first);
    }
    return true;
  }

  function drop(entry: QueueEntry): void {
    noteDropped(entry);
    discard(entry).catch((error: unknown) => log.warn('a dropped record stays on the disk', errorFields(error)));
  }

  function noteDropped({ key, device }: QueueEntry): void {
    dropped += 1;
    say('too much waits for the cloud: a record is dropped', { key, device, dropped }, 'error');
  }

  function load({ key: name, text, recordingBytes }: FoundRecord): void {
    if (text === undefined) return log.error('a record that waits for the cloud cannot be read', { key: name });
    try {
      const record = parseRecord(text);
      const key = keyOf(record);
      // As an earlier version named it.
      if (key !== name) files.rename(name, key);
      if (recordingBytes !== undefined) stored.add(key);
      add(entryOf(record, text, recordingBytes ?? 0));
    } catch (cause) {
      const reason = { code: 'store_failed', message: `It cannot be read: ${cause}`, hint: '' } as const;
      moveToDeadLetters(name, text, reason, recordingBytes !== undefined)
        .then((isTaken) => (isTaken ? files.remove(name) : undefined))
        .catch((error: unknown) => {
          log.error('a damaged record cannot be set aside', { key: name, ...errorFields(error) });
        });
    }
  }

  /** False: there is no room for it there. */
  async function moveToDeadLetters(key: string, text: string, reason: ErrorInfo, hasRecording: boolean) {
    // The record is kept without a recording that cannot be read.
    const recording = hasRecording ? await files.readRecording(key).catch(() => undefined) : undefined;
    if (!(await deadLetters.add({ key, text, reason, ...(recording && { recording }) }))) return false;
    setAside += 1;
    const { code, message: error } = reason;
    const hint = 'earshot dead-letters lists what the cloud does not take, tries it again, or deletes it.';
    say('a record cannot be delivered and is set aside', { key, code, error, setAside, hint }, 'error');
    return true;
  }

  files.tidy();
  for (const found of files.find()) load(found);

  return {
    has: (key) => entries.has(key),
    holdsRecording: (key) => stored.has(key),

    async put(given, recording) {
      const older = entries.get(keyOf(given));
      const record = withRecordingOf(older, given);
      const text = JSON.stringify(record);
      const entry = {
        ...entryOf(record, text, recording?.length ?? older?.recordingBytes ?? 0),
        ...(older && { version: older.version + 1, isStuck: older.isStuck, storageId: older.storageId }),
      };
      if (older) forget(older);
      if (!makeRoom(entry) && (recording || !older)) {
        if (older) add(older);
        if (!recording) return noteDropped(entry);
        refused += 1;
        throw new EarshotError('store_full', TOO_MANY_TURNS, 'See whether the cloud can be reached.');
      }
      add(entry);
      try {
        const mustLast = DURABLE.has(entry.rank) && (isDurable || entry.rank !== 'recording');
        await files.save(entry.key, { text, isDurable: mustLast, ...(recording && { recording }) });
        if (recording && entries.has(entry.key)) stored.add(entry.key);
      } catch (error) {
        const current = entries.get(entry.key);
        if (current === entry && !older) forget(entry);
        else if (current && recording && !stored.has(entry.key)) change(current, withoutRecording(current));
        throw error;
      }
    },

    next: (device) => byDevice.get(device)?.firstToDeliver(),
    devices: () => byDevice.keys(),

    waiting: (device, rank) => [...entries.values()].filter((each) => each.device === device && each.rank === rank),

    read: async ({ key }) => parseRecord(await files.read(key)),
    readRecording: ({ key }) => files.readRecording(key),

    recordingUploaded({ key }, storageId) {
      const current = entries.get(key);
      if (current) current.storageId = storageId;
    },

    async recordingDelivered({ key }) {
      const current = entries.get(key);
      if (current) change(current, withoutRecording(current));
      stored.delete(key);
      await files.removeRecording(key);
    },

    async remove({ key, version }) {
      const current = entries.get(key);
      if (current?.version === version) await discard(current);
    },

    postpone({ key }) {
      const current = entries.get(key);
      if (current) change(current, { isStuck: true });
    },

    async setAside(entry, reason) {
      const text = await files.read(entry.key);
      const isTaken = await moveToDeadLetters(entry.key, text, reason, entry.rank === 'recording');
      const current = entries.get(entry.key);
      // What was put meanwhile may be better.
      if (current?.version !== entry.version) return true;
      if (isTaken) await discard(current);
      else change(current, { isStuck: true });
      return isTaken;
    },

    stats: () => ({
      waiting: all.sum.records,
      limit: limits.queueRecords,
      bytes: all.sum.bytes,
      byteLimit: limits.queueBytes,
      dropped,
      refused,
      setAside,
      deadLetters: deadLetters.stats(),
    }),
  };
}

/** Nobody else has it. */
const DURABLE = new Set<QueueEntry['rank']>(['recording', 'reminder']);
const NOTHING: Sum = { records: 0, bytes: 0 };
const TOO_MANY_TURNS = 'Too many turns wait for the cloud already';

function entryOf(record: QueuedRecord, text: string, recordingBytes: number): QueueEntry {
  return {
    key: keyOf(record),
    device: record.device,
    version: 1,
    rank: record.kind === 'turn' && recordingBytes > 0 ? 'recording' : record.kind,
    isStuck: false,
    bytes: Buffer.byteLength(text) + recordingBytes,
    recordingBytes,
    durationMs: record.kind === 'turn' ? record.durationMs : undefined,
    storageId: undefined,
    failures: 0,
    deliveredAtFirstFailure: undefined,
  };
}

function withoutRecording({ bytes, recordingBytes }: QueueEntry): Partial<QueueEntry> {
  return { rank: 'turn', bytes: bytes - recordingBytes, recordingBytes: 0, storageId: undefined };
}

/** A newer picture of a turn does not know of the recording that waits beside the older one. */
function withRecordingOf(older: QueueEntry | undefined, newer: QueuedRecord): QueuedRecord {
  if (older?.durationMs === undefined || newer.kind !== 'turn') return newer;
  return { durationMs: older.durationMs, ...newer };
}
