/**
 * The options of the configuration file: its section `commands` has one for every command (`every`) and one for each. An option of the
 * command line comes before its environment variable, that before the file, and the file before the default.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EarshotError } from '../../core/errors.ts';
import { type ConfigDocument, readConfigFile } from '../../core/files/config-file.ts';
import type { JsonPath } from '../../core/files/jsonc.ts';
import { nearestName } from '../../core/nearest-name.ts';
import { optionValue } from './option-value.ts';

/** For all commands that have the option. */
export const EVERY = 'every';
/** These have a place of their own, or would name the file in itself. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  assistant: 'the section “assistant” says it',
  config: 'this is the configuration file',
  help: 'there is nothing to configure',
};
/** Options whose values are keys. */
export const SECRET = /token|key$|secret|password/;

export function configOption(): Option {
  return new Option(
    '--config <file>',
    'configuration file (default: ~/.config/earshot/config.jsonc, if there is one, env: EARSHOT_CONFIG)',
  );
}

/**
 * Gives the options of this command and of those below it what the file says, and remembers where.
 *
 * @param path of the command: `turns`
 * @throws EarshotError `usage`, `file_not_found`, `file_unreadable`
 */
export async function applyConfig(command: Command, path: string, argv: readonly string[]): Promise<AppliedConfig> {
  const commands = command.parent?.commands.map((each) => each.name()) ?? [path];
  const file = await readConfigFile(namedFile(argv), process.env, configWrong);
  const places = new Map<Option, string>();
  if (file) {
    const sections = sectionsOf(file, commands);
    for (const [each, of] of commandsBelow(command, path)) apply(each, of, sections, file, places);
  }
  return { file: file?.path, placeOf: (option) => places.get(option) };
}

export interface AppliedConfig {
  /** Undefined: there is none. */
  file: string | undefined;
  /** Where the file has the value of an option: `commands.run.gateway`. */
  placeOf(option: Option): string | undefined;
}

/** Commander reads the command line after the file. */
function namedFile(argv: readonly string[]): string | undefined {
  const end = argv.indexOf('--');
  const options = end === -1 ? argv : argv.slice(0, end);
  const at = options.findLastIndex((word) => word === '--config' || word.startsWith('--config='));
  if (at === -1) return undefined;
  return options[at] === '--config' ? options[at + 1] : options[at]?.slice('--config='.length);
}

function commandsBelow(command: Command, path: string): [Command, string][] {
  const below = command.commands.flatMap((each) => commandsBelow(each, `${path} ${each.name()}`));
  return [[command, path], ...below];
}

type Sections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function sectionsOf(file: ConfigDocument, names: readonly string[]): Sections {
  const commands = isObject(file.value) ? file.value.commands : undefined;
  if (commands === undefined) return {};
  if (!isObject(commands)) throw wrongAt(file, ['commands'], 'write an object: a command, then its options');
  for (const [name, options] of Object.entries(commands)) {
    const [first = ''] = name.split(' ');
    if (name !== EVERY && !names.includes(first)) throw wrongAt(file, ['commands', name], noCommand(first, names));
    if (!isObject(options)) throw wrongAt(file, ['commands', name], 'write an object: an option, then its value');
  }
  return commands as Sections;
}

function noCommand(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, [EVERY, ...names]);
  return `there is no command ${name}${nearest === undefined ? '' : `; did you mean “${nearest}”?`}`;
}

function apply(command: Command, path: string, sections: Sections, file: ConfigDocument, places: Map<Option, string>) {
  for (const section of [EVERY, path]) {
    for (const [name, written] of Object.entries(sections[section] ?? {})) {
      const at = ['commands', section, name];
      const option = optionNamed(command, name, written);
      if (ELSEWHERE[name] !== undefined) throw wrongAt(file, at, ELSEWHERE[name]);
      if (SECRET.test(name)) throw wrongAt(file, at, 'keys do not stand in this file: use the environment');
      if (option) {
        command.setOptionValueWithSource(option.attributeName(), checked(option, written, file, at), 'config');
        places.set(option, at.join('.'));
      } else if (section !== EVERY) throw wrongAt(file, at, unknown(name, command));
    }
  }
}

/** `--no-api-socket` has the name of `--api-socket <path>`: the value tells them apart. */
function optionNamed(command: Command, name: string, written: unknown): Option | undefined {
  const options = command.options.filter((each) => optionName(each) === name);
  const isSwitch = ({ required, optional }: Option) => !required && !optional;
  return (typeof written === 'boolean' && options.find(isSwitch)) || options[0];
}

/** Without the dashes; `--no-api-socket` and `--api-socket` have one name. */
export function optionName(option: Option): string {
  return option.name().replace(/^no-/, '');
}

function checked(option: Option, written: unknown, file: ConfigDocument, at: JsonPath): unknown {
  try {
    return optionValue(option, written);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw wrongAt(file, at, error.message);
    throw error;
  }
}

function unknown(name: string, command: Command): string {
  const all = new Set(command.options.map(optionName));
  const names = [...all].filter((each) => ELSEWHERE[each] === undefined && !SECRET.test(each));
  const nearest = nearestName(name.replace(/^--/, ''), names);
  return `there is no such option; ${nearest === undefined ? `there are ${names.join(', ')}` : `did you mean “${nearest}”?`}`;
}

function wrongAt(file: ConfigDocument, at: JsonPath, message: string): EarshotError {
  return configWrong(`${file.place(at)}${message}`);
}

function configWrong(message: string): EarshotError {
  return new EarshotError('usage', message, 'docs/operations.md, “The configuration file”, has an example.');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
