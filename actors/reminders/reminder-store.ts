/**
 * The reminders on the device's disk: one file with those that have not rung and those whose ringing the cloud does not know yet, replaced
 * atomically; and what each says, a file for each.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { replacePrivateFile } from '../../src/core/files/private-files.ts';
import { openPrivateFolder } from '../../src/core/files/private-folder.ts';
import { MAX_REMINDERS, UUID } from '../../src/protocol/bounds.ts';
import { type CachedReply, keepReplies, readReplyNamed, saveReply } from '../offline/cached-replies.ts';
import type { TimeReference } from './gateway-time.ts';

const FILE = 'reminders.json';
/** Those that have rung while the gateway could not be reached: the list may have been replaced as often. */
export const MAX_RUNG = 4 * MAX_REMINDERS;

const id = v.pipe(v.string(), v.regex(UUID));
const schema = v.object({
  /** When the gateway was last heard. */
  time: v.optional(
    v.object({
      gatewayMs: v.number(),
      boot: v.object({ id: v.string(), uptimeMs: v.number() }),
      isWallRight: v.boolean(),
    }),
  ),
  waiting: v.array(
    v.object({
      id,
      kind: v.picklist(['timer', 'reminder', 'alarm']),
      label: v.string(),
      at: v.number(),
    }),
  ),
  rung: v.array(v.object({ id, outcome: v.picklist(['stopped', 'unanswered', 'failed']), lateMs: v.number() })),
});

export interface StoredReminders {
  time?: TimeReference | undefined;
  waiting: v.InferOutput<typeof schema>['waiting'];
  rung: v.InferOutput<typeof schema>['rung'];
}

export interface ReminderStore {
  /** What was stored; nothing if there is no file, or it cannot be read. `damaged`: there is one that cannot be read. */
  load(): StoredReminders & { damaged: boolean };
  /** `isDurable`: it is on the disk when this returns. @throws EarshotError `store_failed`, `store_full` */
  save(reminders: StoredReminders, isDurable: boolean): void;
  speech(id: string): CachedReply | undefined;
  /** @throws EarshotError `store_failed`, `store_full` */
  saveSpeech(id: string, speech: CachedReply): void;
  /** Deletes what other reminders say. */
  keepSpeech(ids: readonly string[]): void;
}

export function openReminderStore(folder: string): ReminderStore {
  const path = join(folder, FILE);
  return {
    load() {
      const none = { waiting: [], rung: [], damaged: false };
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch {
        // There is no file: no reminder was set yet.
        return none;
      }
      try {
        return { ...v.parse(schema, JSON.parse(text)), damaged: false };
      } catch {
        return { ...none, damaged: true };
      }
    },
    save(reminders, isDurable) {
      openPrivateFolder(folder);
      replacePrivateFile(path, JSON.stringify(reminders), isDurable ? 'content' : 'nothing');
    },
    speech: (of) => readReplyNamed(folder, of),
    saveSpeech: (of, speech) => saveReply(folder, of, speech),
    keepSpeech: (ids) => keepReplies(folder, ids),
  };
}
