/**
 * `earshot`, the one command. Each sub-command is a file in src/cli/commands/, loaded only when asked for.
 */
import { Command, CommanderError } from 'commander';
import { leaveProcess } from '../../actors/sound/leave.ts';
import { describeError, EarshotError, errorInfo } from '../core/errors.ts';
import { handleUncaught } from '../core/process/uncaught.ts';
import { VERSION } from '../core/process/version.ts';
import type { DefineCommand } from './terminal/command.ts';
import { exitWithin, LEFTOVERS_MS } from './terminal/exit.ts';
import { EXIT_READER_GONE, printLine, printMessage } from './terminal/output.ts';

interface Entry {
  summary: string;
  load: () => Promise<{ default: DefineCommand }>;
}

const COMMANDS: Record<string, Entry> = {
  start: {
    summary: 'gateway and daemon in one go: talk, or let a recording talk',
    load: () => import('./commands/start.ts'),
  },
  run: { summary: 'the daemon alone, against a gateway', load: () => import('./commands/run.ts') },
  gateway: { summary: 'the gateway alone', load: () => import('./commands/gateway.ts') },
  pair: { summary: 'let devices in, and out again', load: () => import('./commands/pair.ts') },
  turns: { summary: 'what was said, as it happens and afterwards', load: () => import('./commands/turns.ts') },
  settings: { summary: 'change a device while it runs', load: () => import('./commands/settings.ts') },
  replies: { summary: 'what devices say while they are alone', load: () => import('./commands/replies.ts') },
  'dead-letters': {
    summary: 'records that the cloud does not take: look, try again, delete',
    load: () => import('./commands/dead-letters.ts'),
  },
  simulate: {
    summary: 'what a listener hears over a recorded network path, faster than real time',
    load: () => import('./commands/simulate.ts'),
  },
  loss: {
    summary: 'packet loss side by side: silence, concealment, error correction',
    load: () => import('./commands/loss.ts'),
  },
  latency: {
    summary: 'what a turn takes, stage by stage, over many turns',
    load: () => import('./commands/latency.ts'),
  },
  replay: {
    summary: 'look at a recording of the flight recorder, or check it',
    load: () => import('./commands/replay.ts'),
  },
  devices: { summary: 'list the sound devices', load: () => import('./commands/devices.ts') },
  doctor: { summary: 'what is wrong with this machine, and what to do', load: () => import('./commands/doctor.ts') },
  monitor: { summary: 'how a running daemon is, live', load: () => import('./commands/monitor.ts') },
  analyze: {
    summary: 'what is wrong with a recording: silence, clipping, level',
    load: () => import('./commands/analyze.ts'),
  },
  opus: {
    summary: 'encode a WAV file as Opus, and see what each frame size costs',
    load: () => import('./commands/opus.ts'),
  },
};

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

async function main(given: string[]): Promise<void> {
  const argv = spelledOut(given);
  if (argv[0] === '--version' || argv[0] === '-V') return printLine(VERSION);
  const program = new Command('earshot')
    .description('A voice line between a small device and the cloud.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => linesOf(text).forEach(printLine),
      writeErr: (text) => linesOf(text).forEach(printMessage),
    })
    .showHelpAfterError('(see earshot --help)');
  const named = argv.find((argument) => !argument.startsWith('-'));
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(summary).copyInheritedSettings(program);
    command.showHelpAfterError(`(see earshot ${name} --help)`);
    if (name === named) (await load()).default(command);
  }
  if (argv.length === 0) program.help();
  if (given[0] === 'help' && named !== undefined && !Object.hasOwn(COMMANDS, named)) {
    program.error(`error: unknown command '${named}'`);
  }
  await program.parseAsync(argv, { from: 'user' });
}

/** `help turns play` is `turns play --help`: commander would know only the commands that are loaded. */
function spelledOut(argv: string[]): string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
}

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n');
}

function leave(error: unknown): void {
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
  process.exitCode = error instanceof EarshotError && error.code === 'usage' ? EXIT_USAGE : EXIT_FAILURE;
}

handleUncaught((error) => {
  leave(error);
  leaveProcess(Number(process.exitCode));
});
main(process.argv.slice(2))
  .catch(leave)
  .finally(() => exitWithin(LEFTOVERS_MS));
