/** The `earshot` command. Each subcommand is a file in src/cli/commands/ and is loaded only when it is called. */
import { type Command, CommanderError } from 'commander';
import { leaveProcess } from '../../actors/sound/leave.ts';
import { describeError, EarshotError, errorInfo } from '../core/errors.ts';
import { handleUncaught } from '../core/process/uncaught.ts';
import { VERSION } from '../core/process/version.ts';
import { applyConfig } from './config/apply-config.ts';
import { createProgram } from './program.ts';
import { failOnUnknown } from './terminal/exact-command.ts';
import { exitWithin, LEFTOVERS_MS } from './terminal/exit.ts';
import { EXIT_READER_GONE, printLine, printMessage } from './terminal/output.ts';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;
/** A file that is named and does not exist is a wrong command line, too. */
const USAGE_CODES: ReadonlySet<string> = new Set(['usage', 'file_not_found']);

async function main(given: string[]): Promise<void> {
  const argv = expandHelp(given);
  // Nothing is loaded for it.
  if (['version', '--version', '-v', '-V'].includes(argv[0] ?? '')) return printLine(VERSION);
  const named = argv.find((argument) => !argument.startsWith('-'));
  const program = await createProgram(named ?? '');
  if (argv.length === 0) program.help();
  if (given[0] === 'help') checkCommands(program, argv);
  const command = program.commands.find((each) => each.name() === named);
  if (command && !argv.some((word) => word === '--help' || word === '-h'))
    await applyConfig(command, command.name(), argv);
  await program.parseAsync(argv, { from: 'user' });
}

/** Turns `help turns play` into `turns play --help`: commander knows only the commands that are loaded. */
function expandHelp(argv: string[]): string[] {
  if (argv[0] !== 'help') return argv;
  const asked = argv.slice(1);
  return [...(asked[0] === 'help' ? asked.slice(1) : asked), '--help'];
}

/** Commander shows the help of the last command that it knows. */
function checkCommands(program: Command, argv: readonly string[]): void {
  let command = program;
  for (const word of argv.filter((each) => !each.startsWith('-'))) {
    const below = command.commands.find((each) => each.name() === word);
    if (!below) failOnUnknown(command, word);
    command = below;
  }
}

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n');
}

function reportError(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
    return;
  }
  if (error instanceof EarshotError && error.code === 'output_closed') {
    process.exitCode = EXIT_READER_GONE;
    return;
  }
  printMessage(`earshot: ${describeError(errorInfo(error))}`);
  if (process.env.EARSHOT_DEBUG && error instanceof Error) linesOf(error.stack ?? '').forEach(printMessage);
  process.exitCode = error instanceof EarshotError && USAGE_CODES.has(error.code) ? EXIT_USAGE : EXIT_FAILURE;
}

handleUncaught((error) => {
  reportError(error);
  leaveProcess(Number(process.exitCode));
});
main(process.argv.slice(2))
  .catch(reportError)
  .finally(() => exitWithin(LEFTOVERS_MS));
