import type { Command, Option } from 'commander';
import { EarshotError } from '../../core/errors.ts';
import { type AppliedConfig, applyConfig, EVERY, optionName, SECRET } from '../config/apply-config.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { printJson, printLine } from '../terminal/output.ts';

const HELP = `
An option of the command line comes before its environment variable, that before the configuration file, and the file before the
default. The section “assistant” of the file is shown by earshot doctor.`;

interface ShownOption {
  option: string;
  /** Null: it is not set. */
  value: unknown;
  from: 'environment' | 'file' | 'default';
  /** The variable, or the place in the file. */
  where: string | null;
}

interface Shown {
  command: string;
  options: readonly ShownOption[];
}

const define: DefineCommand = (command) => {
  command
    .argument('[command...]', 'show each option of this command: run, turns play')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(async (words: string[], { json, config }: { json?: boolean; config?: string }) => {
      const path = words.join(' ');
      const applied = new Map<string, ShownOption[]>();
      let file: string | undefined;
      for (const each of command.parent?.commands ?? []) {
        const from = await applyConfig(each, each.name(), config === undefined ? [] : ['--config', config]);
        file = from.file;
        for (const [name, of] of below(each, each.name())) applied.set(name, shownOptions(of, from));
      }
      const chosen = applied.get(path);
      if (path !== '' && !chosen) {
        throw new EarshotError('usage', `There is no command ${path}`, 'earshot --help lists them.');
      }
      const shown = chosen ? [{ command: path, options: chosen }] : overview(applied);
      if (json) return printJson({ file: file ?? null, commands: shown });
      printLine(file === undefined ? 'there is no configuration file' : `configuration file: ${file}`);
      for (const line of table(shown)) printLine(line);
    });
};

/** What is set. What holds for every command that has the option stands once, under `every`. */
function overview(applied: ReadonlyMap<string, readonly ShownOption[]>): Shown[] {
  const every = new Map<string, ShownOption>();
  const own: Shown[] = [];
  for (const [command, options] of applied) {
    const ofCommand: ShownOption[] = [];
    for (const option of options) {
      if (option.from === 'environment' || option.where?.startsWith(`commands.${EVERY}.`)) {
        every.set(`${option.option} ${option.where}`, option);
      } else if (option.from === 'file') ofCommand.push(option);
    }
    if (ofCommand.length > 0) own.push({ command, options: ofCommand });
  }
  return every.size > 0 ? [{ command: EVERY, options: [...every.values()] }, ...own] : own;
}

function below(command: Command, path: string): [string, Command][] {
  return [[path, command], ...command.commands.flatMap((each) => below(each, `${path} ${each.name()}`))];
}

function shownOptions(command: Command, applied: AppliedConfig): ShownOption[] {
  return command.options
    .filter((option) => !['help', 'config'].includes(option.name()))
    .map((option) => ({ option: optionName(option), ...origin(command, option, applied) }));
}

function origin(command: Command, option: Option, applied: AppliedConfig): Omit<ShownOption, 'option'> {
  const variable = option.envVar === undefined ? undefined : process.env[option.envVar];
  if (variable !== undefined) {
    const value = SECRET.test(option.name()) ? '(hidden)' : variable;
    return { value, from: 'environment', where: option.envVar ?? null };
  }
  const where = applied.placeOf(option);
  if (where !== undefined) return { value: command.getOptionValue(option.attributeName()), from: 'file', where };
  return { value: option.negate ? null : (option.defaultValue ?? null), from: 'default', where: null };
}

function table(shown: readonly Shown[]): string[] {
  const width = Math.max(0, ...shown.flatMap(({ options }) => options.map(({ option }) => option.length)));
  return shown.flatMap(({ command, options }) => [
    command,
    ...options.map(({ option, value, from, where }) => {
      const text = value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
      return `  ${option.padEnd(width)}  ${text}${from === 'default' ? '' : `  (${where})`}`;
    }),
  ]);
}

export default define;
