/**
 * What functions write to their console goes to the log of the process, with the function's name, limited in length and rate. Clients never
 * get it (`logLines` of the protocol are empty), as from a production deployment.
 */

import { createLimitedLog } from '../../core/log/limited-log.ts';
import { type Log, writeEntry } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { WriteConsole } from './execution.ts';
import { MAX_LOG_LINE_CHARACTERS, MAX_LOG_LINES_A_MINUTE } from './limits.ts';

const LEVELS = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' } as const;

export interface FunctionLog {
  write: WriteConsole;
  close(): void;
}

export function createFunctionLog(log: Log, clock: Clock): FunctionLog {
  const limited = createLimitedLog({ log, linesPerMinute: MAX_LOG_LINES_A_MINUTE, clock });
  return {
    write(method, line, { name }) {
      const isLong = line.length > MAX_LOG_LINE_CHARACTERS;
      const output = isLong ? `${line.slice(0, MAX_LOG_LINE_CHARACTERS)}…` : line;
      writeEntry(limited, { level: LEVELS[method], message: 'a function wrote', fields: { function: name, output } });
    },
    close: limited.close,
  };
}
