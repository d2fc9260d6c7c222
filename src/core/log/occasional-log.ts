/**
 * For warnings that a client can cause as often as it likes: the first is logged at once, the following ones are counted, and the count is
 * logged once a minute.
 */
import { type FieldsOf, type Log, type LogFields, type LogMessage, writeEntry } from './log.ts';

const INTERVAL_MS = 60_000;

export interface OccasionalLog {
  <Message extends LogMessage<'warn'>>(message: Message, fields?: FieldsOf<Message>): void;
  <Message extends LogMessage<'error'>>(message: Message, fields: FieldsOf<Message>, level: 'error'): void;
}

/** The field `count` of a line: how many there were since the last logged one, this one included. */
export function createOccasionalLog(log: Log, nowMs: () => number = () => performance.now()): OccasionalLog {
  const kinds = new Map<string, { atMs: number; count: number }>();
  return (message: string, fields: LogFields = {}, level: 'warn' | 'error' = 'warn'): void => {
    const kind = kinds.get(message) ?? { atMs: Number.NEGATIVE_INFINITY, count: 0 };
    kinds.set(message, kind);
    kind.count += 1;
    if (nowMs() - kind.atMs < INTERVAL_MS) return;
    writeEntry(log, { level, message, fields: { ...fields, ...(kind.count > 1 && { count: kind.count }) } });
    kind.atMs = nowMs();
    kind.count = 0;
  };
}
