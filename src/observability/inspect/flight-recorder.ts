/**
 * The flight recorder: writes the entry log to two files of bounded size alternately, so that the last minutes are always on disk. After an
 * error, or on request, it saves them as one file that is not overwritten.
 *
 * Nothing waits for the disk: lines are collected in memory, up to a limit, and appended once a second.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { appendFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { errorFields } from '../../core/errors.ts';
import { diskError, isDiskFull } from '../../core/files/disk-errors.ts';
import type { StateRole } from '../../core/files/paths.ts';
import { PRIVATE_FILE, replacePrivateFile } from '../../core/files/private-files.ts';
import { openPrivateFolder } from '../../core/files/private-folder.ts';
import type { Log } from '../../core/log/log.ts';
import { VERSION } from '../../core/process/version.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Entry } from './entries.ts';
import type { EntryLog } from './entry-log.ts';
import { type FlightRecordingHeader, FORMAT, FORMAT_VERSION } from './flight-recording.ts';

/** Of each of the two files; a turn takes about 50 kB. */
export const SEGMENT_BYTES = 4 * 1_024 * 1_024;
/** After this time the next file begins, even if this one is not full: the files have the last minutes, not the last weeks. */
const SEGMENT_MS = 10 * 60_000;
/** Lines that may wait for the disk, in bytes. Lines beyond it are dropped and counted. */
const WAITING_BYTES = 1_024 * 1_024;
const FLUSH_MS = 1_000;
/** Older saved files are deleted. */
export const MAX_SAVED_FILES = 10;
/** After an error the files are saved with this delay, because what follows explains it. */
const SAVE_DELAY_MS = 2_000;
/** Errors often repeat: files are saved no more often than this. */
const SAVE_INTERVAL_MS = 60_000;

export interface FlightRecorder {
  /** Saves the last minutes. Resolves with the path of the file. */
  save(reason: string): Promise<string>;
  stats(): { waitingBytes: number; limit: number; droppedLines: number };
  close(): Promise<void>;
}

/** Where it writes. A device and a gateway in one folder have different files; the process holds the lock of the folder in this role. */
export interface FlightRecords {
  folder: string;
  role: StateRole;
}

export interface FlightRecorderOptions extends FlightRecords {
  entryLog: EntryLog;
  clock: Clock;
  log: Log;
  segmentBytes?: number;
}

/** @throws EarshotError `store_failed` when the folder cannot be used */
export function startFlightRecorder(options: FlightRecorderOptions): FlightRecorder {
  const { folder, role, entryLog, clock, log, segmentBytes = SEGMENT_BYTES } = options;
  const running = join(folder, `running-${role}.ndjson`);
  const previous = join(folder, `running-${role}.before.ndjson`);
  openPrivateFolder(folder);
  saveCrashedRun();
  deleteOldFiles(folder);
  let waiting: string[] = [];
  let waitingBytes = 0;
  let droppedLines = 0;
  let segment = 0;
  let segmentStartMs = clock.now();
  /** The disk's work, in order. */
  let work: Promise<void> = Promise.resolve();
  let flushTimer: unknown;
  let saveTimer: unknown;
  let lastSavedMs = Number.NEGATIVE_INFINITY;
  let failed = false;

  const head = (): string[] => {
    const header: FlightRecordingHeader = {
      k: 'recording',
      format: FORMAT,
      version: FORMAT_VERSION,
      software: `earshot ${VERSION}`,
      startedAt: clock.wallNow(),
    };
    return [JSON.stringify(header), ...entryLog.now()];
  };
  begin();
  const unfollow = entryLog.follow((line, entry) => {
    if (waitingBytes > WAITING_BYTES) droppedLines += 1;
    else {
      waiting.push(line);
      waitingBytes += line.length;
    }
    flushTimer ??= clock.setTimeout(flush, FLUSH_MS);
    if (isError(entry)) saveSoon();
  });
  process.on('exit', flushNow);

  /** A process that crashed left its files: they show the crash. */
  function saveCrashedRun(): void {
    if (!existsSync(running)) return;
    const path = join(folder, fileName(clock.wallNow(), 'crash'));
    try {
      concatenate(previous, running, path);
      for (const old of [previous, running]) rmSync(old, { force: true });
      log.warn('the last run did not end by itself; its last minutes are saved', { file: path });
    } catch (error) {
      log.warn('the last run did not end by itself; its last minutes cannot be saved', errorFields(error));
    }
  }

  /** A full disk is no fault: there may be space later. @throws EarshotError `store_failed` */
  function begin(): void {
    try {
      writeFileSync(running, text(head()), PRIVATE_FILE);
    } catch (cause) {
      if (!isDiskFull(cause)) throw diskError(running, cause);
      failed = true;
      log.warn('the disk is full: nothing is recorded');
    }
  }

  function flush(): void {
    clock.clearTimeout(flushTimer);
    flushTimer = undefined;
    const lines = take();
    segment += lines.length;
    const isFull = segment > segmentBytes || clock.now() - segmentStartMs > SEGMENT_MS;
    // The state at the beginning of a file must be that before its first line.
    const next = isFull ? text(head()) : undefined;
    if (isFull) {
      segment = 0;
      segmentStartMs = clock.now();
    }
    work = work
      .then(async () => {
        await appendFile(running, lines, PRIVATE_FILE);
        if (next === undefined) return;
        await rename(running, previous);
        await appendFile(running, next, PRIVATE_FILE);
      })
      .then(
        () => {
          failed = false;
        },
        (error: unknown) => {
          if (!failed) log.warn('the flight recorder cannot write', errorFields(error));
          failed = true;
        },
      );
  }

  function take(): string {
    const lines = text(waiting);
    waiting = [];
    waitingBytes = 0;
    return lines;
  }

  /** The process ends: writes synchronously. */
  function flushNow(): void {
    if (waiting.length === 0 || !existsSync(running)) return;
    try {
      appendFileSync(running, take(), PRIVATE_FILE);
    } catch (error) {
      log.warn('the last entries cannot be written', errorFields(error));
    }
  }

  function saveSoon(): void {
    if (saveTimer !== undefined || clock.now() - lastSavedMs < SAVE_INTERVAL_MS) return;
    saveTimer = clock.setTimeout(() => {
      saveTimer = undefined;
      void save('error').then((path) => log.warn('the last minutes are saved', { file: path }), report);
    }, SAVE_DELAY_MS);
  }

  function report(error: unknown): void {
    log.warn('the last minutes could not be saved', errorFields(error));
  }

  async function save(reason: string): Promise<string> {
    lastSavedMs = clock.now();
    flush();
    const path = join(folder, fileName(clock.wallNow(), reason));
    const copied = work.then(() => concatenate(previous, running, path));
    work = copied.catch(report);
    await copied;
    deleteOldFiles(folder);
    return path;
  }

  return {
    save,
    stats: () => ({ waitingBytes, limit: WAITING_BYTES, droppedLines }),
    async close() {
      unfollow();
      process.off('exit', flushNow);
      clock.clearTimeout(flushTimer);
      if (saveTimer !== undefined) {
        clock.clearTimeout(saveTimer);
        await save('error').catch(report);
      }
      flush();
      await work;
      // One file of the last run, which the next run replaces.
      try {
        concatenate(previous, running, join(folder, lastRun(role)));
        for (const path of [previous, running]) rmSync(path, { force: true });
      } catch (error) {
        // The next run saves what is left.
        report(error);
      }
    },
  };
}

export const lastRun = (role: StateRole) => `last-run-${role}.ndjson`;

function text(lines: string[]): string {
  return lines.length > 0 ? `${lines.join('\n')}\n` : '';
}

function isError(entry: Entry): boolean {
  return entry.k === 'mark' && entry.level === 'error';
}

/** Atomic: a saved file is complete or absent. */
function concatenate(first: string, second: string, path: string): void {
  const parts = [first, second].filter((each) => existsSync(each)).map((each) => readFileSync(each));
  replacePrivateFile(path, Buffer.concat(parts));
}

function fileName(nowMs: number, reason: string): string {
  const when = new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '-');
  return `${when}-${reason.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 40)}.ndjson`;
}

function deleteOldFiles(folder: string): void {
  const saved = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^\d{4}-.*\.ndjson$/.test(entry.name))
    .map(({ name }) => name)
    .sort();
  for (const name of saved.slice(0, Math.max(0, saved.length - MAX_SAVED_FILES)))
    rmSync(join(folder, name), { force: true });
}
