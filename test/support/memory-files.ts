/**
 * A folder of records in memory, and a queue in it: all operations complete at once.
 */
import { openDeadLetters } from '../../actors/cloud/dead-letters.ts';
import type { RecordFiles } from '../../actors/cloud/record-files.ts';
import { openRecordQueue, type RecordQueue } from '../../actors/cloud/record-queue.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/core/limits/limits.ts';
import { type Log, silentLog } from '../../src/core/log/log.ts';

export interface MemoryFiles extends RecordFiles {
  texts: Map<string, string>;
  recordings: Map<string, Uint8Array>;
  /** The next save fails with this error. */
  failNextSave(error: Error): void;
}

export function memoryFiles(): MemoryFiles {
  const texts = new Map<string, string>();
  const recordings = new Map<string, Uint8Array>();
  let failure: Error | undefined;
  const found = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('there is no such file');
    return value;
  };
  return {
    texts,
    recordings,
    failNextSave(error) {
      failure = error;
    },
    find: () => [...texts].map(([key, text]) => ({ key, text, recordingBytes: recordings.get(key)?.length })),
    tidy() {},
    keys: async () => [...texts.keys()],
    rename(from, to) {
      for (const files of [texts, recordings]) {
        const file = files.get(from);
        files.delete(from);
        if (file !== undefined) (files as Map<string, typeof file>).set(to, file);
      }
    },
    async save(key, { text, recording }) {
      const error = failure;
      failure = undefined;
      if (error) throw error;
      texts.set(key, text);
      if (recording) recordings.set(key, recording);
    },
    read: async (key) => found(texts.get(key)),
    readRecording: async (key) => found(recordings.get(key)),
    removeRecording: async (key) => void recordings.delete(key),
    async remove(key) {
      texts.delete(key);
      recordings.delete(key);
    },
  };
}

export interface QueueInMemory {
  queue: RecordQueue;
  files: MemoryFiles;
  letters: MemoryFiles;
}

export function queueInMemory(limits: Partial<Limits> = {}, log: Log = silentLog): QueueInMemory {
  const files = memoryFiles();
  const letters = memoryFiles();
  const all = { ...DEFAULT_LIMITS, ...limits };
  const deadLetters = openDeadLetters({ files: letters, limits: all, now: () => 0 });
  return { files, letters, queue: openRecordQueue({ files, deadLetters, limits: all, log }) };
}
