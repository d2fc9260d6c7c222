/**
 * The flight recorder: the entry log on disk, in two files of bounded size that take turns, so that the last minutes are always
 * there. When something goes wrong, or when asked, they are kept as one file that nothing overwrites.
 *
 * Writing waits for nobody: lines are gathered in memory, bounded, and appended once a second.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { appendFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { errorFields } from '../../core/errors.ts';
import type { StateRole } from '../../core/files/paths.ts';
import {
  diskError,
  isDiskFull,
  openPrivateFolder,
  PRIVATE_FILE,
  replacePrivateFile,
} from '../../core/files/private-files.ts';
import type { Log } from '../../core/log/log.ts';
import { VERSION } from '../../core/process/version.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Entry } from './entries.ts';
import type { EntryLog } from './entry-log.ts';
import { type FlightRecordingHeader, FORMAT, FORMAT_VERSION } from './flight-recording.ts';

/** Of each of the two files; a turn takes about 50 kB. */
export const SEGMENT_BYTES = 4 * 1_024 * 1_024;
/** And the minutes after which it makes way, full or not: "the last minutes", not the last weeks. */
const SEGMENT_MS = 10 * 60_000;
/** Lines that may wait for the disk; what comes then is dropped and counted. */
const WAITING_BYTES = 1_024 * 1_024;
const FLUSH_MS = 1_000;
export const KEPT_LIMIT = 10;
/** What follows an error explains it: it is kept this much later. Errors come in flocks: not more often than this. */
const AFTERMATH_MS = 2_000;
const KEEP_INTERVAL_MS = 60_000;

export interface FlightRecorder {
  /** Keeps the last minutes. Resolves with the path of the file. */
  keep(why: string): Promise<string>;
  stats(): { waitingBytes: number; limit: number; droppedLines: number };
  close(): Promise<void>;
}

/** Where it writes: the files of a device and of a gateway in one folder do not meet. The process holds the folder in this role. */
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
  keepWhatCrashed();
  forgetOldKept(folder);
  let waiting: string[] = [];
  let waitingBytes = 0;
  let droppedLines = 0;
  let segment = 0;
  let segmentStartMs = clock.now();
  /** The disk's work, in order. */
  let work: Promise<void> = Promise.resolve();
  let flushTimer: unknown;
  let keepTimer: unknown;
  let lastKeptMs = Number.NEGATIVE_INFINITY;
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
    if (isTrouble(entry)) keepSoon();
  });
  process.on('exit', flushNow);

  /** A process that was killed leaves its files: they are what one wants to see. */
  function keepWhatCrashed(): void {
    if (!existsSync(running)) return;
    const path = join(folder, keptName(clock.wallNow(), 'crash'));
    try {
      concatenate(previous, running, path);
      for (const old of [previous, running]) rmSync(old, { force: true });
      log.warn('the last run did not end by itself; its last minutes are kept', { file: path });
    } catch (error) {
      log.warn('the last run did not end by itself; its last minutes cannot be kept', errorFields(error));
    }
  }

  /** A full disk is survived: there may be room later. @throws EarshotError `store_failed` */
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
    // What the next file begins with must be of the same moment as its first line.
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

  /** The process ends now: there is no later. */
  function flushNow(): void {
    if (waiting.length === 0 || !existsSync(running)) return;
    try {
      appendFileSync(running, take(), PRIVATE_FILE);
    } catch (error) {
      log.warn('the last moments are not recorded', errorFields(error));
    }
  }

  function keepSoon(): void {
    if (keepTimer !== undefined || clock.now() - lastKeptMs < KEEP_INTERVAL_MS) return;
    keepTimer = clock.setTimeout(() => {
      keepTimer = undefined;
      void keep('error').then((path) => log.warn('the last minutes are kept', { file: path }), report);
    }, AFTERMATH_MS);
  }

  function report(error: unknown): void {
    log.warn('the last minutes could not be kept', errorFields(error));
  }

  async function keep(why: string): Promise<string> {
    lastKeptMs = clock.now();
    flush();
    const path = join(folder, keptName(clock.wallNow(), why));
    const copied = work.then(() => concatenate(previous, running, path));
    work = copied.catch(report);
    await copied;
    forgetOldKept(folder);
    return path;
  }

  return {
    keep,
    stats: () => ({ waitingBytes, limit: WAITING_BYTES, droppedLines }),
    async close() {
      unfollow();
      process.off('exit', flushNow);
      clock.clearTimeout(flushTimer);
      if (keepTimer !== undefined) {
        clock.clearTimeout(keepTimer);
        await keep('error').catch(report);
      }
      flush();
      await work;
      // The last run in one file, replaced by the next: for "what was that just now?"
      try {
        concatenate(previous, running, join(folder, lastRun(role)));
        for (const path of [previous, running]) rmSync(path, { force: true });
      } catch (error) {
        // What is left is kept by the next run.
        report(error);
      }
    },
  };
}

export const lastRun = (role: StateRole) => `last-run-${role}.ndjson`;

function text(lines: string[]): string {
  return lines.length > 0 ? `${lines.join('\n')}\n` : '';
}

function isTrouble(entry: Entry): boolean {
  return entry.k === 'mark' && entry.level === 'error';
}

/** Written beside and renamed, so that a kept file is whole or not there. */
function concatenate(first: string, second: string, path: string): void {
  const parts = [first, second].filter((each) => existsSync(each)).map((each) => readFileSync(each));
  replacePrivateFile(path, Buffer.concat(parts));
}

function keptName(nowMs: number, why: string): string {
  const when = new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '-');
  return `${when}-${why.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 40)}.ndjson`;
}

function forgetOldKept(folder: string): void {
  const kept = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^\d{4}-.*\.ndjson$/.test(entry.name))
    .map(({ name }) => name)
    .sort();
  for (const name of kept.slice(0, Math.max(0, kept.length - KEPT_LIMIT))) rmSync(join(folder, name), { force: true });
}
