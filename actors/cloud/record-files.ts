/**
 * A folder of records: one file each, and a second one for its recording. What is done to one record is done in order; of
 * several versions that wait to be written only the newest is.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EarshotError } from '../../src/core/errors.ts';
import { replaceFile, syncFolder } from '../../src/core/files/atomic-write.ts';
import { describeDiskError, isDiskFull } from '../../src/core/files/disk-errors.ts';
import { keyedFiles } from '../../src/core/files/keyed-files.ts';
import { openPrivateFolder } from '../../src/core/files/private-folder.ts';

/** Files that are worked on at the same time. Beyond that they would fill the process's table of open files. */
const AT_ONCE = 8;

export interface RecordContent {
  text: string;
  /** Ogg Opus. Left out: the one that is there stays. */
  recording?: Uint8Array;
  /** It is on the disk (fsync), and not only on its way there, when the promise resolves. */
  isDurable: boolean;
}

export interface FoundRecord {
  key: string;
  /** Undefined: it can't be read. */
  text: string | undefined;
  recordingBytes: number | undefined;
}

/** Calls reject with EarshotError `store_failed`, `store_full`. */
export interface RecordFiles {
  /** All, in the order of their names. @throws EarshotError `store_failed` when the folder cannot be used */
  find(): FoundRecord[];
  /** Removes what a process that ended left half written; for whoever owns the folder. */
  tidy(): void;
  /** Of what is there now. */
  keys(): Promise<string[]>;
  /** At opening, before anything else is done to either. */
  rename(from: string, to: string): void;
  save(key: string, content: RecordContent): Promise<void>;
  read(key: string): Promise<string>;
  readRecording(key: string): Promise<Uint8Array>;
  removeRecording(key: string): Promise<void>;
  remove(key: string): Promise<void>;
}

export function recordFolder(folder: string): RecordFiles {
  /** Work on the files of one record, one thing after the other. */
  const chains = new Map<string, Promise<unknown>>();
  /** What has not begun to be written. */
  const unsaved = new Map<string, { content: RecordContent; saved: Promise<void> }>();
  const { pathOf: textPath, keysOf } = keyedFiles(folder, '.json');
  const { pathOf: recordingPath } = keyedFiles(folder, '.opus');

  function openFolder(): { names: string[]; found: string[] } {
    try {
      openPrivateFolder(folder);
      const names = readdirSync(folder).sort();
      return { names, found: keysOf(names) };
    } catch (cause) {
      throw storeFailed(folder, cause);
    }
  }

  function foundIn(key: string): FoundRecord {
    const recordingBytes = statSync(recordingPath(key), { throwIfNoEntry: false })?.size;
    try {
      return { key, text: readFileSync(textPath(key), 'utf8'), recordingBytes };
    } catch {
      // Told where it is looked at.
      return { key, text: undefined, recordingBytes };
    }
  }

  const atOnce = limitedTo(AT_ONCE);

  async function inOrder<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = chains.get(key) ?? Promise.resolve();
    const mine = before.then(() => atOnce(work));
    // Its failure is its caller's; the next one does not depend on it.
    const settled = mine.catch(() => undefined);
    chains.set(key, settled);
    try {
      return await mine;
    } catch (cause) {
      throw storeFailed(folder, cause);
    } finally {
      if (chains.get(key) === settled) chains.delete(key);
    }
  }

  async function write(key: string, { text, recording, isDurable }: RecordContent): Promise<void> {
    const durable = isDurable ? 'content' : 'nothing';
    if (recording) await replaceFile(recordingPath(key), recording, { durable });
    await replaceFile(textPath(key), Buffer.from(text), { durable });
    if (isDurable) await syncFolder(folder);
  }

  return {
    find: () => openFolder().found.map(foundIn),
    tidy() {
      const { names, found } = openFolder();
      const keys = new Set(found);
      for (const name of names) if (isLeftOver(name, keys)) rmSync(join(folder, name), { force: true });
    },
    keys: async () => keysOf(await readdir(folder)),

    rename(from, to) {
      if (existsSync(recordingPath(from))) renameSync(recordingPath(from), recordingPath(to));
      renameSync(textPath(from), textPath(to));
    },

    save(key, content) {
      const waiting = unsaved.get(key);
      if (waiting) {
        const { recording = content.recording, isDurable } = waiting.content;
        const newest = content.recording ?? recording;
        waiting.content = {
          text: content.text,
          isDurable: isDurable || content.isDurable,
          ...(newest && { recording: newest }),
        };
        return waiting.saved;
      }
      const entry = { content, saved: Promise.resolve() };
      unsaved.set(key, entry);
      entry.saved = inOrder(key, async () => {
        // Removed before its turn came.
        if (unsaved.get(key) !== entry) return;
        unsaved.delete(key);
        await write(key, entry.content);
      });
      return entry.saved;
    },

    read: (key) => inOrder(key, () => readFile(textPath(key), 'utf8')),
    readRecording: (key) => inOrder(key, async () => new Uint8Array(await readFile(recordingPath(key)))),
    removeRecording: (key) => inOrder(key, () => rm(recordingPath(key), { force: true })),
    remove(key) {
      unsaved.delete(key);
      return inOrder(key, async () => {
        await rm(textPath(key), { force: true });
        await rm(recordingPath(key), { force: true });
      });
    },
  };
}

/** A write that was cut off: nobody was told that it is kept. */
function isLeftOver(name: string, keys: ReadonlySet<string>): boolean {
  return name.endsWith('.part') || (name.endsWith('.opus') && !keys.has(name.slice(0, -'.opus'.length)));
}

/** Runs work, so much at the same time; the rest waits its turn. */
function limitedTo(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

function storeFailed(folder: string, cause: unknown): EarshotError {
  if (cause instanceof EarshotError) return cause;
  if (isDiskFull(cause)) {
    const message = 'The disk is full: nothing more is kept for the cloud';
    return new EarshotError('store_full', message, 'Free some space on it.', { cause });
  }
  const message = `${folder} cannot be used to keep records for the cloud: ${describeDiskError(cause)}`;
  return new EarshotError('store_failed', message, 'Check --state.', { cause });
}
