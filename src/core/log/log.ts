/**
 * The log: one line an event on standard error, as logfmt for people or as JSON for programs. Much of it comes from outside, so control
 * characters are escaped in both formats.
 */
import { printable } from './printable.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
/** Additional fields of a line. `time`, `level` and `message` are reserved; use `errorFields` for an error. */
export type LogFields = Record<string, unknown> & { time?: never; level?: never; message?: never };

/** Where log lines go, one method a level. Fields are plain data. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

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
          ? JSON.stringify({ time, level: name, message, ...fields })
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
  level: keyof Log;
  message: string;
  fields?: LogFields;
}

/** The log of another thread: it sends its entries to the thread that writes. */
export function relayLog(send: (entry: LogEntry) => void): Log {
  const at = (level: keyof Log) => (message: string, fields?: LogFields) =>
    send({ level, message, ...(fields && { fields }) });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A log that discards all lines. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
