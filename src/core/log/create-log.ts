/**
 * A log that writes: one line an event, as logfmt for people or as JSON for programs. Much of a line comes from outside, so control characters
 * are escaped in both formats.
 */
import type { LogFields } from './lines/fields.ts';
import { eventOfMessage } from './lines/index.ts';
import { LOG_LEVELS, type Log, type LogLevel } from './log.ts';
import { printable } from './printable.ts';

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
