/**
 * The dead letters: records that the cloud does not take, each with the reason, in a folder of their own, so that nothing is
 * lost and nothing waits behind them. The operator lists, deletes or sends them again (`earshot dead-letters`).
 *
 * The folder has a limit. At it the oldest without a recording go first; a recording never goes, and finds no room then.
 */
import * as v from 'valibot';
import type { ErrorInfo } from '../../src/core/errors.ts';
import type { Limits } from '../../src/core/limits/limits.ts';
import type { FoundRecord, RecordFiles } from './record-files.ts';

const letterShape = v.object({
  setAsideAtMs: v.number(),
  code: v.string(),
  message: v.string(),
  /** As it lay in the queue: JSON, unless it was damaged. */
  text: v.string(),
});

export interface DeadLetter extends v.InferOutput<typeof letterShape> {
  key: string;
  recordingBytes: number | undefined;
}

export type DeadLetterLimits = Pick<Limits, 'deadLetterRecords' | 'deadLetterBytes'>;

export interface DeadLetters {
  /** False: there is no room. @throws EarshotError (by rejection) `store_failed` */
  stats(): { waiting: number; limit: number; dropped: number };
  add(letter: { key: string; text: string; reason: ErrorInfo; recording?: Uint8Array }): Promise<boolean>;
}

interface Held {
  bytes: number;
  hasRecording: boolean;
}

export interface DeadLettersOptions {
  files: RecordFiles;
  limits: DeadLetterLimits;
  now: () => number;
}

export function openDeadLetters({ files, limits, now }: DeadLettersOptions): DeadLetters {
  /** The oldest first. */
  const letters = new Map<string, Held>();
  let bytesInAll = 0;
  let dropped = 0;
  /** One at a time, so that what is counted is what is there. */
  let adding: Promise<unknown> = Promise.resolve();

  files.tidy();
  for (const letter of readDeadLetters(files)) {
    note(letter.key, { bytes: bytesOf(letter), hasRecording: letter.recordingBytes !== undefined });
  }

  function note(key: string, held: Held): void {
    letters.set(key, held);
    bytesInAll += held.bytes;
  }

  function forget(key: string): void {
    bytesInAll -= letters.get(key)?.bytes ?? 0;
    letters.delete(key);
  }

  const isOver = (bytes: number) =>
    letters.size + 1 > limits.deadLetterRecords || bytesInAll + bytes > limits.deadLetterBytes;

  async function addNow({ key, text, reason, recording }: Parameters<DeadLetters['add']>[0]): Promise<boolean> {
    const letter = { setAsideAtMs: now(), code: reason.code, message: reason.message, text };
    const content = JSON.stringify(letter);
    const bytes = Buffer.byteLength(content) + (recording?.length ?? 0);
    const older = letters.get(key);
    forget(key);
    if (isOver(bytes)) await forgetDeleted();
    for (const [oldest, { hasRecording }] of letters) {
      if (!isOver(bytes)) break;
      if (hasRecording) continue;
      forget(oldest);
      dropped += 1;
      await files.remove(oldest);
    }
    if (isOver(bytes)) {
      if (older) note(key, older);
      return false;
    }
    note(key, { bytes, hasRecording: recording !== undefined });
    await files.save(key, { text: content, isDurable: true, ...(recording && { recording }) });
    return true;
  }

  /** By the operator, who works on the folder itself. */
  async function forgetDeleted(): Promise<void> {
    const there = new Set(await files.keys());
    for (const key of letters.keys()) if (!there.has(key)) forget(key);
  }

  return {
    stats: () => ({ waiting: letters.size, limit: limits.deadLetterRecords, dropped }),
    add(letter) {
      const added = adding.then(() => addNow(letter));
      // Its failure is its caller's.
      adding = added.catch(() => undefined);
      return added;
    },
  };
}

/** The oldest first. One that cannot be read hides no other. @throws EarshotError `store_failed` */
export function readDeadLetters(files: RecordFiles): DeadLetter[] {
  return files
    .find()
    .map(readLetter)
    .sort((a, b) => a.setAsideAtMs - b.setAsideAtMs);
}

function readLetter({ key, text = '', recordingBytes }: FoundRecord): DeadLetter {
  try {
    return { ...v.parse(letterShape, JSON.parse(text)), key, recordingBytes };
  } catch (cause) {
    return { setAsideAtMs: 0, code: 'damaged', message: String(cause), text, key, recordingBytes };
  }
}

function bytesOf({ text, message, recordingBytes = 0 }: DeadLetter): number {
  return Buffer.byteLength(text) + Buffer.byteLength(message) + recordingBytes;
}
