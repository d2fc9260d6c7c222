/** The declaration of a log line. */
import type { LogField } from './fields.ts';

export type WrittenLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogLine {
  levels: readonly WrittenLevel[];
  message: string;
  fields: readonly LogField[];
}

/** @param levels a level, or several: then the line is written at one of them */
export function line<
  const Level extends WrittenLevel,
  const Message extends string,
  const Fields extends readonly LogField[],
>(levels: Level | readonly Level[], message: Message, ...fields: Fields) {
  return { levels: typeof levels === 'string' ? [levels] : levels, message, fields } as {
    readonly levels: readonly Level[];
    readonly message: Message;
    readonly fields: Fields;
  };
}

/** The fields of an error: see `errorFields`. */
export const ERROR = ['code', 'error', 'hint'] as const;
