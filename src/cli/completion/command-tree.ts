/**
 * The commands with their options, as shells and the manual page need them.
 */
import type { Argument, Command, Option } from 'commander';

/** What an option or an argument takes. */
export type Value =
  | { readonly kind: 'none' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'file' | 'folder' | 'text' };

export interface OptionNode {
  /** `-v, --version`, `--state <folder>`: as in the help. */
  readonly flags: string;
  /** `--state`, and `-s` if there is such a one. */
  readonly names: readonly string[];
  readonly description: string;
  /** As the help shows it; undefined: it has none, or its description says it. */
  readonly defaultText: string | undefined;
  readonly value: Value;
  readonly isRepeatable: boolean;
  /** The environment variable that sets it, too. */
  readonly env: string | undefined;
}

export interface CommandNode {
  /** `turns play`; empty for `earshot` itself. */
  readonly path: string;
  /** `earshot turns play [options] <id>`. */
  readonly usage: string;
  readonly description: string;
  readonly options: readonly OptionNode[];
  /** What its arguments take, in their order; the last one may repeat. */
  readonly values: readonly Value[];
  readonly commands: readonly CommandNode[];
}

export function commandTree(program: Command): CommandNode {
  return nodeOf(program, '');
}

/** The command itself, and all below it. */
export function commandsIn(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(commandsIn)];
}

/** The last word of a command's path. */
export function lastWordOf({ path }: CommandNode): string {
  return path.split(' ').at(-1) ?? '';
}

function nodeOf(command: Command, path: string): CommandNode {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((each) => each.name() !== 'help');
  return {
    path,
    usage: help.commandUsage(command),
    description: command.description(),
    options: help.visibleOptions(command).map(optionNode),
    values: command.registeredArguments.map((each) => valueNamed(each.name(), each.argChoices)),
    commands: commands.map((each) => nodeOf(each, path === '' ? each.name() : `${path} ${each.name()}`)),
  };
}

function optionNode(option: Option): OptionNode {
  const { flags, description, short, long, variadic } = option;
  const takesValue = option.required || option.optional;
  return {
    flags,
    description,
    defaultText: defaultText(option),
    names: [short, long].filter((name) => name !== undefined),
    value: takesValue ? valueNamed(/[<[]([^>\]]*)/.exec(flags)?.[1] ?? '', option.argChoices) : { kind: 'none' },
    isRepeatable: variadic || Array.isArray(option.defaultValue),
    env: option.envVar,
  };
}

function defaultText({ defaultValue, defaultValueDescription, required, optional }: Option): string | undefined {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  // That of a switch is that it is not given.
  if (defaultValue === undefined || !(required || optional)) return undefined;
  return String(defaultValue);
}

/** The name of a value says what it is: `<file>`, `<file.zip>`, `<wav>`, `<folder>`. */
function valueNamed(name: string, choices: Argument['argChoices']): Value {
  if (choices) return { kind: 'choice', choices };
  if (/^(folder|dir)/.test(name)) return { kind: 'folder' };
  if (/^(file|wav|zip|path|microphone|speaker)/.test(name)) return { kind: 'file' };
  return { kind: 'text' };
}
