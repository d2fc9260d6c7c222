/**
 * The gateway's queue on disk: what the cloud does not have yet. A record is durable once it is in here, whatever becomes of
 * the cloud or the gateway. One file a record, a second one for its recording; a newer picture of a record takes the place of
 * the older one.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TurnRecord } from '../../convex/turns.ts';
import { EarshotError } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import type { DeviceReport, SessionRecord } from './cloud.ts';

/** A day of talking; and a bound for the disk. Beyond either the oldest records are lost, counted and said. */
const MAX_RECORDS = 10_000;
const MAX_BYTES = 1_024 * 1_024 * 1_024;

/** What is sent is beside what says where to, never the record itself: the cloud refuses a field that it does not know. */
export type QueuedRecord =
  | { kind: 'session'; device: string; session: SessionRecord }
  | { kind: 'turn'; device: string; record: TurnRecord /** Of the recording. */; durationMs?: number }
  | { kind: 'report'; device: string; report: DeviceReport };

export interface QueueEntry {
  readonly key: string;
  readonly version: number;
  readonly record: QueuedRecord;
  /** Its recording is in the queue and must be uploaded. */
  hasRecording: boolean;
  /** Uploaded, but the record that names it was not taken yet. */
  storageId?: string;
  bytes: number;
}

export interface RecordQueue {
  has(key: string): boolean;
  /** Resolves when it is on the disk. @throws EarshotError `store_failed` (by rejection) */
  put(record: QueuedRecord, recording?: Uint8Array): Promise<void>;
  /** The oldest record of a device. */
  next(device: string): QueueEntry | undefined;
  devices(): string[];
  readRecording(entry: QueueEntry): Promise<Uint8Array>;
  /** The cloud has the recording. */
  recordingDelivered(entry: QueueEntry): Promise<void>;
  /** The cloud has this version, or will never take it. A newer one stays. */
  remove(entry: QueueEntry): Promise<void>;
  stats(): { waiting: number; limit: number; bytes: number; dropped: number; damaged: number };
}

/** @throws EarshotError `store_failed` when the folder cannot be used. */
export function openRecordQueue(folder: string, log: Log): RecordQueue {
  const entries = new Map<string, QueueEntry>();
  /** Work on the files of one record, one thing after the other. */
  const chains = new Map<string, Promise<unknown>>();
  let bytes = 0;
  let dropped = 0;
  let damaged = 0;

  const recordPath = (key: string) => join(folder, `${key}.json`);
  const recordingPath = (key: string) => join(folder, `${key}.opus`);

  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder).sort()) if (name.endsWith('.json')) load(name.slice(0, -'.json'.length));
  } catch (cause) {
    throw storeFailed(folder, cause);
  }

  function load(key: string): void {
    try {
      const text = readFileSync(recordPath(key), 'utf8');
      const record: QueuedRecord = JSON.parse(text);
      if (keyOf(record) !== key) throw new Error('it is another record');
      const hasRecording = existsSync(recordingPath(key));
      const size = text.length + (hasRecording ? statSync(recordingPath(key)).size : 0);
      entries.set(key, { key, version: 1, record, hasRecording, bytes: size });
      bytes += size;
    } catch (error) {
      damaged += 1;
      log.warn('a record that waited for the cloud is damaged and put aside', { key, error: String(error) });
      renameSync(recordPath(key), `${recordPath(key)}.damaged`);
    }
  }

  function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const mine = (chains.get(key) ?? Promise.resolve()).then(work);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    chains.set(key, settled);
    void settled.then(() => chains.get(key) === settled && chains.delete(key));
    return mine;
  }

  function forget(entry: QueueEntry): void {
    entries.delete(entry.key);
    bytes -= entry.bytes;
  }

  function makeRoom(): void {
    for (const entry of entries.values()) {
      if (entries.size <= MAX_RECORDS && bytes <= MAX_BYTES) return;
      dropped += 1;
      log.error('too much waits for the cloud: the oldest record is lost', { key: entry.key, dropped });
      forget(entry);
      void inTurn(entry.key, () => removeFiles(entry.key));
    }
  }

  async function removeFiles(key: string): Promise<void> {
    await rm(recordPath(key), { force: true });
    await rm(recordingPath(key), { force: true });
  }

  return {
    has: (key) => entries.has(key),

    put(given, recording) {
      const key = keyOf(given);
      const older = entries.get(key);
      const record = withRecordingOf(older, given);
      const text = JSON.stringify(record);
      const size = text.length + (recording?.length ?? 0);
      entries.set(key, {
        key,
        version: (older?.version ?? 0) + 1,
        record,
        hasRecording: recording !== undefined || older?.hasRecording === true,
        ...(older?.storageId !== undefined && { storageId: older.storageId }),
        bytes: size,
      });
      bytes += size - (older?.bytes ?? 0);
      makeRoom();
      return inTurn(key, async () => {
        try {
          if (recording) await writeDurably(folder, recordingPath(key), recording);
          await writeDurably(folder, recordPath(key), Buffer.from(text));
        } catch (cause) {
          throw storeFailed(folder, cause);
        }
      });
    },

    next(device) {
      for (const entry of entries.values()) if (entry.record.device === device) return entry;
      return undefined;
    },
    devices: () => [...new Set([...entries.values()].map(({ record }) => record.device))],

    readRecording: ({ key }) => inTurn(key, async () => new Uint8Array(await readFile(recordingPath(key)))),

    recordingDelivered({ key }) {
      const current = entries.get(key);
      if (current) {
        current.hasRecording = false;
        delete current.storageId;
      }
      return inTurn(key, () => rm(recordingPath(key), { force: true }));
    },

    async remove({ key, version }) {
      const current = entries.get(key);
      if (current?.version !== version) return;
      forget(current);
      await inTurn(key, async () => {
        // Put again meanwhile: its files are the new one's.
        if (!entries.has(key)) await removeFiles(key);
      });
    },

    stats: () => ({ waiting: entries.size, limit: MAX_RECORDS, bytes, dropped, damaged }),
  };
}

/** What names a record in the queue, and its files: ids are UUIDs, but a device's name may hold anything. */
export function keyOf(record: QueuedRecord): string {
  switch (record.kind) {
    case 'session':
      return `session-${record.session.session}`;
    case 'turn':
      return `turn-${record.record.turn}`;
    case 'report':
      return `report-${record.report.at}-${Buffer.from(record.device).toString('hex').slice(0, 64)}`;
  }
}

/** A newer picture of a turn does not know of the recording that waits beside the older one. */
function withRecordingOf(older: QueueEntry | undefined, newer: QueuedRecord): QueuedRecord {
  if (older?.record.kind !== 'turn' || newer.kind !== 'turn' || older.record.durationMs === undefined) return newer;
  return { durationMs: older.record.durationMs, ...newer };
}

async function writeDurably(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
  const parent = await open(folder, 'r');
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
}

function storeFailed(folder: string, cause: unknown): EarshotError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `${folder} cannot be used to keep records for the cloud: ${reason}`;
  return new EarshotError('store_failed', message, 'Check --state, and that the disk is not full.', { cause });
}
