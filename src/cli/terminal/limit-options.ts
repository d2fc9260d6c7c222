/**
 * The options for the gateway's limits.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { describeError, EarshotError } from '../../core/errors.ts';
import { LIMITS, type Limits, limitsFrom } from '../../core/limits/limits.ts';
import { wholeNumber } from './number-options.ts';

export interface LimitOptions {
  limit: string[];
  maxConnections?: number;
}

export function addLimitOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--limit <name=value>', 'change a limit; “off” for the value switches it off; may be repeated')
        .argParser(collect)
        .default([], 'see “Limits” below')
        .env('EARSHOT_LIMITS'),
    )
    .option('--max-connections <n>', 'the same as --limit connections=n', wholeNumber(1, 1_000_000))
    .addHelpText('after', help());
}

export function limitsOf({ limit, maxConnections }: LimitOptions): Limits {
  return limitsFrom(maxConnections === undefined ? limit : [...limit, `connections=${maxConnections}`]);
}

/** One setting, or several separated by commas: an environment variable holds them all. */
function collect(value: string, before: string[]): string[] {
  const settings = [...before, ...value.split(',')];
  try {
    limitsFrom(settings);
  } catch (error) {
    if (error instanceof EarshotError) throw new InvalidArgumentError(describeError(error));
    throw error;
  }
  return settings;
}

function help(): string {
  const rows = Object.entries(LIMITS).map(([name, { unit, value, description }]) => [
    `  ${name}=${value}`,
    `${unit}: ${description}`,
  ]);
  const width = Math.max(...rows.map(([setting = '']) => setting.length)) + 2;
  return `\nLimits:\n${rows.map(([setting = '', text = '']) => setting.padEnd(width) + text).join('\n')}`;
}
