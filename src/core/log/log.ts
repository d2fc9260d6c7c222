/**
 * The log as its callers see it; which lines there are is in `lines/`. Nothing of that catalogue is loaded here: pages have no log to write.
 */
import type { LogFields } from './lines/fields.ts';
import type { LOG_LINES } from './lines/index.ts';
import type { WrittenLevel } from './lines/line.ts';

export type { LogFields } from './lines/fields.ts';
export type { WrittenLevel } from './lines/line.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

type Line = (typeof LOG_LINES)[keyof typeof LOG_LINES];
/** The messages that may be written at a level. */
export type LogMessage<Level extends WrittenLevel> = Extract<Line, { levels: readonly (Level & string)[] }>['message'];
/** The fields that a message may have. */
export type FieldsOf<Message> = Pick<LogFields, Extract<Line, { message: Message }>['fields'][number]>;

type Write<Level extends WrittenLevel> = <Message extends LogMessage<Level>>(
  message: Message,
  fields?: FieldsOf<Message>,
) => void;

/** Where log lines go, one method a level. */
export type Log = { [Level in WrittenLevel]: Write<Level> };

/** A log that takes any message: what passes lines on need not know them. */
export type AnyLog = Record<WrittenLevel, (message: string, fields?: LogFields) => void>;

export interface LogEntry {
  level: WrittenLevel;
  message: string;
  fields?: LogFields;
}

/** The log of another thread or process: it sends its entries to the one that writes. */
export function relayLog(send: (entry: LogEntry) => void): Log {
  const at = (level: WrittenLevel) => (message: string, fields?: LogFields) =>
    send({ level, message, ...(fields && { fields }) });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Writes an entry of {@link relayLog}, whose sender had its message checked. */
export function writeEntry(log: Log, { level, message, fields }: LogEntry): void {
  (log as AnyLog)[level](message, fields);
}

/** A log that discards all lines. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
