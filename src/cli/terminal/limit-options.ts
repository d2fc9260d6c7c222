/**
 * The option for the gateway's limits.
 */
import { type Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { describeError, EarshotError } from '../../core/errors.ts';
import { LIMITS, type Limits, limitsFrom } from '../../core/limits/limits.ts';
import { printLine, resultColumns } from './output.ts';
import { linesWithin } from './wrap.ts';

export interface LimitOptions {
  limit: string[];
}

/** In place of a setting: the help of one command would be ten screens long with all limits in it. */
const LIST = 'help';

export function addLimitOptions(command: Command): Command {
  return command.addOption(
    new Option(
      '--limit <name=value>',
      `change a limit; “off” for the value switches it off; may be repeated; --limit ${LIST} lists all`,
    )
      .argParser(collect)
      .default([], 'as listed')
      .env('EARSHOT_LIMITS'),
  );
}

export function limitsOf({ limit }: LimitOptions): Limits {
  return limitsFrom(limit);
}

/** One setting, or several separated by commas: an environment variable holds them all. */
function collect(value: string, before: string[]): string[] {
  if (value === LIST) {
    for (const line of linesWithin(table(), resultColumns())) printLine(line);
    throw new CommanderError(0, 'commander.helpDisplayed', 'the limits were listed');
  }
  const settings = [...before, ...value.split(',')];
  try {
    limitsFrom(settings);
  } catch (error) {
    if (error instanceof EarshotError) throw new InvalidArgumentError(describeError(error));
    throw error;
  }
  return settings;
}

function table(): string {
  const rows = Object.entries(LIMITS).map(([name, { unit, value, description }]) => [
    `${name}=${value}`,
    `${unit}: ${description}`,
  ]);
  const width = Math.max(...rows.map(([setting = '']) => setting.length)) + 2;
  return rows.map(([setting = '', text = '']) => setting.padEnd(width) + text).join('\n');
}
