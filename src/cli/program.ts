/**
 * The command line as commander knows it. A command that is not loaded has its name and its summary only.
 */
import type { Command } from 'commander';
import { VERSION } from '../core/process/version.ts';
import { COMMANDS, groupOf, OWN_GROUP } from './command-list.ts';
import { configOption } from './config/apply-config.ts';
import { EXAMPLES } from './examples.ts';
import { ExactCommand } from './terminal/exact-command.ts';
import { helpLayout } from './terminal/help-layout.ts';
import { isMessageTerminal, messageColumns, printLine, printMessage, resultColumns } from './terminal/output.ts';
import { linesWithin, unwrapped } from './terminal/wrap.ts';

const BEGIN = examplesText({
  'earshot start --once': 'one question: spoken, or a recording where there is no sound card',
  'earshot help start': 'all options of a command, with examples',
});

/** @param called the command that will run; default: any */
export async function createProgram(called?: string): Promise<Command> {
  const loadsAll = called === undefined || COMMANDS[called]?.readsAll === true;
  const program = new ExactCommand('earshot')
    .description('Voice connection between a small device and the cloud.')
    .version(VERSION, '-v, --version')
    .exitOverride()
    .configureHelp(helpLayout)
    .configureOutput({
      getOutHelpWidth: resultColumns,
      getErrHelpWidth: messageColumns,
      writeOut: (text) => linesWithin(unwrapped(text), resultColumns()).forEach(printLine),
      // A program that reads messages finds each in one line.
      writeErr: (text) =>
        linesWithin(text, isMessageTerminal() ? messageColumns() : Number.POSITIVE_INFINITY).forEach(printMessage),
    });
  program.addHelpText('after', `\n${BEGIN}`);
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(summary).copyInheritedSettings(program);
    command.helpGroup(groupOf(name) ?? '');
    if (!loadsAll && name !== called) continue;
    (await load()).default(command);
    addConfigOption(command);
    addExamples(command, name);
  }
  program.commandsGroup(OWN_GROUP).helpCommand('help [command]', 'the same as --help, for a command');
  return program;
}

/** To the commands that do something, not to those that only have commands below them. */
function addConfigOption(command: Command): void {
  if (command.options.length > 0 || command.commands.length === 0) command.addOption(configOption());
  for (const each of command.commands) addConfigOption(each);
}

function addExamples(command: Command, path: string): void {
  const examples = EXAMPLES[path];
  if (examples) command.addHelpText('after', `\n${examplesText(examples)}`);
  for (const each of command.commands) addExamples(each, `${path} ${each.name()}`);
}

function examplesText(examples: Readonly<Record<string, string>>): string {
  const lines = Object.entries(examples).flatMap(([line, meaning]) => [`  ${line}`, `      ${meaning}`]);
  return ['Examples:', ...lines].join('\n');
}
