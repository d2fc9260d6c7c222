/**
 * Options of a command of the tests (`npm run test:…`, `npm run bench:…`): declared once with type and meaning, listed by `--help`, and checked. A wrong
 * command line ends the program with one line and exit code 2.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from '../../src/cli/terminal/number-options.ts';
import { messageOf } from '../../src/core/errors.ts';
import { checkChartName } from '../../src/tools/simulation/chart.ts';

const MAX_COUNT = 1_000_000_000;

export interface OptionSpec<Value> {
  description: string;
  /** What stands behind the option in the help; undefined: it takes no value. */
  placeholder: string | undefined;
  fallback: Value;
  /** The fallback in the help; default: its text. */
  shown?: string;
  /** @throws InvalidArgumentError */
  parse?: (text: string) => Value;
}

type Specs = Record<string, OptionSpec<unknown>>;
type Values<Of extends Specs> = { [Name in keyof Of]: Of[Name] extends OptionSpec<infer Value> ? Value : never };

export function flag(description: string): OptionSpec<boolean> {
  return { description, placeholder: undefined, fallback: false };
}

/** A whole number. */
export function count<Fallback extends number | undefined = undefined>(
  description: string,
  fallback?: Fallback,
  min = 1,
): OptionSpec<number | Fallback> {
  return { description, placeholder: 'n', fallback: fallback as Fallback, parse: wholeNumber(min, MAX_COUNT) };
}

/** Whole numbers with commas. */
export function counts(description: string, fallback: readonly number[]): OptionSpec<readonly number[]> {
  const parse = (text: string) => text.split(',').map(wholeNumber(1, MAX_COUNT));
  return { description, placeholder: 'n,…', fallback, parse };
}

export function text<Fallback extends string | undefined = undefined>(
  placeholder: string,
  description: string,
  fallback?: Fallback,
): OptionSpec<string | Fallback> {
  return { description, placeholder, fallback: fallback as Fallback, parse: (given) => given };
}

export function oneOf<const Choice extends string, Fallback extends Choice | undefined = undefined>(
  choices: readonly Choice[],
  description: string,
  fallback?: Fallback,
): OptionSpec<Choice | Fallback> {
  const parse = (given: string) => chosen(choices, given);
  return { description, placeholder: choices.join('|'), fallback: fallback as Fallback, parse };
}

/** Several of these, with commas; default: all. */
export function someOf<const Choice extends string>(
  choices: readonly Choice[],
  description: string,
  fallback: readonly Choice[] = choices,
): OptionSpec<readonly Choice[]> {
  const parse = (given: string) => given.split(',').map((each) => chosen(choices, each));
  const shown = fallback === choices ? 'all' : fallback.join();
  return { description: `${description}: ${choices.join(', ')}`, placeholder: 'name,…', fallback, shown, parse };
}

/** A file for a chart, or none. */
export function chart(description: string): OptionSpec<string | undefined> {
  const parse = (given: string) => {
    try {
      checkChartName(given);
    } catch (error) {
      throw new InvalidArgumentError(messageOf(error));
    }
    return given;
  };
  return { description, placeholder: 'file.svg', fallback: undefined, parse };
}

function chosen<Choice extends string>(choices: readonly Choice[], given: string): Choice {
  const choice = choices.find((each) => each === given);
  if (choice === undefined) throw new InvalidArgumentError(`It is one of ${choices.join(', ')}.`);
  return choice;
}

/**
 * @param args without the program's name. Names of options are written with hyphens there: `everyMs` is `--every-ms`.
 * @throws CommanderError when the program has nothing to do but to end; what it says has been written
 */
export function parseOptions<Of extends Specs>(
  { command, summary, options }: { command: string; summary: string; options: Of },
  args: readonly string[],
  write: { out: (text: string) => void; error: (text: string) => void },
): Values<Of> {
  const program = new Command(command)
    .usage(Object.keys(options).length > 0 ? '-- [options]' : '')
    .description(summary)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: write.out,
      writeErr: write.error,
      outputError: (message, put) => put(`${message.trim().replaceAll('\n', ' ')} (see ${command} -- --help)\n`),
    });
  for (const [name, spec] of Object.entries(options)) program.addOption(optionOf(name, spec));
  const fallbacks = Object.fromEntries(Object.entries(options).map(([name, { fallback }]) => [name, fallback]));
  return { ...(fallbacks as Values<Of>), ...program.parse(args, { from: 'user' }).opts() };
}

function optionOf(name: string, { description, placeholder, fallback, shown, parse }: OptionSpec<unknown>): Option {
  const hyphenated = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const option = new Option(`--${hyphenated}${placeholder ? ` <${placeholder}>` : ''}`, description);
  if (placeholder !== undefined && fallback !== undefined) option.default(fallback, shown ?? String(fallback));
  if (parse) option.argParser(parse);
  return option;
}

/** Of this program. */
export function commandOptions<Of extends Specs>(command: string, summary: string, options: Of): Values<Of> {
  try {
    return parseOptions({ command, summary, options }, process.argv.slice(2), {
      out: (text) => process.stdout.write(text),
      error: (text) => process.stderr.write(text),
    });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exit(error.exitCode === 0 ? 0 : 2);
  }
}
