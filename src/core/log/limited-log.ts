/**
 * A log for lines that a client can cause: a limit a minute for each level. Lines above the limit are counted, and the count is logged at the
 * end of the minute.
 */
import type { Clock } from '../time/clock.ts';
import { LOG_LEVELS, type Log, type LogFields, type WrittenLevel, writeEntry } from './log.ts';

const MINUTE_MS = 60_000;

export interface LimitedLog extends Log {
  /** No line was left out in this minute. */
  isRested(): boolean;
  /** Logs the count of left-out lines now. */
  close(): void;
}

export interface LimitedLogOptions {
  log: Log;
  /** Infinity: no limit. */
  linesPerMinute: number;
  clock: Clock;
  /** Fields of the line that logs the count. */
  fields?: LogFields;
}

export function createLimitedLog({ log, linesPerMinute, clock, fields }: LimitedLogOptions): LimitedLog {
  const levels = LOG_LEVELS.filter((level): level is WrittenLevel => level !== 'silent');
  const windows = new Map(levels.map((level) => [level, { sinceMs: Number.NEGATIVE_INFINITY, lines: 0, leftOut: 0 }]));
  let timer: unknown;

  function tellLeftOut(): void {
    clock.clearTimeout(timer);
    timer = undefined;
    for (const [level, window] of windows) {
      if (window.leftOut > 0)
        writeEntry(log, {
          level,
          message: 'more lines of this kind were left out of the log',
          fields: { ...fields, lines: window.leftOut },
        });
      window.leftOut = 0;
    }
  }

  function write(level: WrittenLevel, message: string, lineFields?: LogFields): void {
    const window = windows.get(level);
    if (!window) return;
    const nowMs = clock.now();
    if (nowMs - window.sinceMs >= MINUTE_MS) {
      tellLeftOut();
      Object.assign(window, { sinceMs: nowMs, lines: 0 });
    }
    if (window.lines < linesPerMinute) {
      window.lines += 1;
      return writeEntry(log, { level, message, ...(lineFields && { fields: lineFields }) });
    }
    window.leftOut += 1;
    timer ??= clock.setTimeout(tellLeftOut, window.sinceMs + MINUTE_MS - nowMs);
  }

  return {
    debug: (message, lineFields) => write('debug', message, lineFields),
    info: (message, lineFields) => write('info', message, lineFields),
    warn: (message, lineFields) => write('warn', message, lineFields),
    error: (message, lineFields) => write('error', message, lineFields),
    isRested: () => timer === undefined,
    close: tellLeftOut,
  };
}
