/**
 * The log: one line an event on standard error, as logfmt for people or as JSON for programs. Which lines there are is in `lines/`. Much of a
 * line comes from outside, so control characters are escaped in both formats.
 */
import type { LogFields } from './lines/fields.ts';
import { eventOfMessage, type LOG_LINES } from './lines/index.ts';
import type { WrittenLevel } from './lines/line.ts';
import { printable } from './printable.ts';

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

/** How a log is written. */
export interface LogOptions {
  level: LogLevel;
  format: 'text' | 'json';
  /** Writes one line; gets it without its line end. */
  write(line: string): void;
  /** The wall clock, read for each line. */
  now(): number;
}

/** A log that writes lines of text or of JSON, from a level on. */
export function createLog({ level, format, write, now }: LogOptions): Log {
  const threshold = LOG_LEVELS.indexOf(level);
  const at = (name: LogLevel) => {
    if (LOG_LEVELS.indexOf(name) < threshold) return () => {};
    return (message: string, fields: LogFields = {}) => {
      const time = new Date(now()).toISOString();
      const line =
        format === 'json'
          ? JSON.stringify({ time, level: name, event: eventOfMessage(message), message, ...fields })
          : `${time.slice(11, 23)} ${name.padEnd(5)} ${message}${formatFields(fields)}`;
      write(printable(line));
    };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function formatFields(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${formatValue(value)}`)
    .join('');
}

/** Quoted where it could be read as several fields. */
function formatValue(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

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
