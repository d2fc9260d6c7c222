/**
 * What waits for the cloud, as it lies in the queue: what is told, beside whose it is.
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { CloudMessage } from '../../convex/messages.ts';
import type { ReminderRecord } from '../../convex/reminders.ts';
import type { CloudTurnRecord } from '../../convex/turns.ts';
import { UUID, UUID_V7 } from '../../src/protocol/bounds.ts';
import type { AnnouncementReport, DeviceReport, SessionRecord } from './cloud.ts';

/** What is sent is beside what says where to, never the record itself: the cloud refuses a field that it does not know. */
export type QueuedRecord =
  | { kind: 'session'; device: string; session: SessionRecord }
  | { kind: 'turn'; device: string; record: CloudTurnRecord /** Of the recording. */; durationMs?: number }
  | { kind: 'message'; device: string; message: CloudMessage }
  | { kind: 'announcement'; device: string; report: AnnouncementReport }
  | { kind: 'reminder'; device: string; record: ReminderRecord }
  | { kind: 'report'; device: string; report: DeviceReport };

/** As much as is needed to find its place: the cloud itself looks at the rest. */
const shape = v.variant('kind', [
  v.object({
    kind: v.literal('session'),
    device: v.string(),
    session: v.looseObject({ session: v.pipe(v.string(), v.uuid()), openedAt: v.number() }),
  }),
  v.object({
    kind: v.literal('turn'),
    device: v.string(),
    record: v.looseObject({ turn: v.pipe(v.string(), v.regex(UUID_V7)) }),
    durationMs: v.exactOptional(v.number()),
  }),
  v.object({
    kind: v.literal('message'),
    device: v.string(),
    message: v.looseObject({ turn: v.pipe(v.string(), v.regex(UUID_V7)), role: v.picklist(['person', 'assistant']) }),
  }),
  v.object({
    kind: v.literal('announcement'),
    device: v.string(),
    report: v.looseObject({ id: v.pipe(v.string(), v.regex(UUID)) }),
  }),
  v.object({
    kind: v.literal('reminder'),
    device: v.string(),
    record: v.looseObject({ reminder: v.looseObject({ id: v.pipe(v.string(), v.regex(UUID)) }) }),
  }),
  v.object({
    kind: v.literal('report'),
    device: v.string(),
    report: v.object({ at: v.number(), figures: v.record(v.string(), v.number()) }),
  }),
]);

/** @throws for what is no record */
export function parseRecord(text: string): QueuedRecord {
  return v.parse(shape, JSON.parse(text)) as QueuedRecord;
}

/** What names a record, and its files. A turn is its device's: its id is the device's own word. */
export function keyOf(record: QueuedRecord): string {
  switch (record.kind) {
    case 'session':
      return `session-${record.session.session}`;
    case 'turn':
      return turnKey(record.device, record.record.turn);
    case 'message':
      return `message-${record.message.turn}-${record.message.role}-${tagOf(record.device)}`;
    case 'announcement':
      return `announcement-${record.report.id}-${tagOf(record.device)}`;
    case 'reminder':
      return `reminder-${record.record.reminder.id}-${tagOf(record.device)}`;
    case 'report':
      // The second one in a second takes the place of the first.
      return `report-${Math.floor(record.report.at / 1_000)}-${tagOf(record.device)}`;
  }
}

export function turnKey(device: string, id: string): string {
  return `turn-${id}-${tagOf(device)}`;
}

/** A name may hold anything; a file's name may not. */
function tagOf(device: string): string {
  return createHash('sha256').update(device).digest('hex').slice(0, 32);
}
