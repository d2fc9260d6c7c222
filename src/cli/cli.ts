/** The `earshot` command. Each subcommand is a file in src/cli/commands/ and is loaded only when it is called. */
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
    summary: 'gateway and daemon in one process; records from the sound card or a WAV file',
    load: () => import('./commands/start.ts'),
  },
  run: { summary: 'the daemon only; connects to a gateway', load: () => import('./commands/run.ts') },
  gateway: { summary: 'the gateway only', load: () => import('./commands/gateway.ts') },
  console: {
    summary: 'sign in at the console: print a link, list and end sessions',
    load: () => import('./commands/console.ts'),
  },
  pair: { summary: 'pair devices, list them, revoke their tokens', load: () => import('./commands/pair.ts') },
  turns: { summary: 'list turns, follow them live, play their recordings', load: () => import('./commands/turns.ts') },
  settings: { summary: 'show or change the settings of a device', load: () => import('./commands/settings.ts') },
  say: { summary: 'let a device say something', load: () => import('./commands/say.ts') },
  replies: { summary: 'replies that devices play without a connection', load: () => import('./commands/replies.ts') },
  memory: {
    summary: 'what the assistant remembers of a device: show, lists, forget',
    load: () => import('./commands/memory.ts'),
  },
  cloud: {
    summary: "the gateway's cloud: status, export and import, a Convex backend on this machine",
    load: () => import('./commands/cloud.ts'),
  },
  models: {
    summary: 'models for speech on this machine: list, fetch, verify, remove',
    load: () => import('./commands/models.ts'),
  },
  wake: {
    summary: 'wake words: try one with a microphone, train one of your own',
    load: () => import('./commands/wake.ts'),
  },
  'dead-letters': {
    summary: 'records that the cloud rejects: list, retry, delete',
    load: () => import('./commands/dead-letters.ts'),
  },
  simulate: {
    summary: 'play speech over a recorded network path, faster than real time',
    load: () => import('./commands/simulate.ts'),
  },
  loss: {
    summary: 'compare silence, concealment and error correction under packet loss',
    load: () => import('./commands/loss.ts'),
  },
  eval: {
    summary: 'ask spoken questions, and count what was understood and answered rightly',
    load: () => import('./commands/eval.ts'),
  },
  latency: {
    summary: 'measure the latency of each stage over many turns',
    load: () => import('./commands/latency.ts'),
  },
  load: {
    summary: 'many devices that speak to a gateway: what it bears, and that nothing is lost',
    load: () => import('./commands/load.ts'),
  },
  replay: {
    summary: 'show a flight recording in a browser, or check it',
    load: () => import('./commands/replay.ts'),
  },
  devices: { summary: 'list the sound devices', load: () => import('./commands/devices.ts') },
  doctor: { summary: 'check this machine and say how to fix problems', load: () => import('./commands/doctor.ts') },
  monitor: { summary: 'live metrics of a running daemon', load: () => import('./commands/monitor.ts') },
  analyze: {
    summary: 'measure a WAV file: level, noise floor, silence, clipping',
    load: () => import('./commands/analyze.ts'),
  },
  opus: {
    summary: 'encode a WAV file as Opus and compare the frame sizes',
    load: () => import('./commands/opus.ts'),
  },
};

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

async function main(given: string[]): Promise<void> {
  const argv = expandHelp(given);
  if (argv[0] === '--version' || argv[0] === '-V') return printLine(VERSION);
  const program = new Command('earshot')
    .description('Voice connection between a small device and the cloud.')
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

/** Turns `help turns play` into `turns play --help`: commander knows only the commands that are loaded. */
function expandHelp(argv: string[]): string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
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
  process.exitCode = error instanceof EarshotError && error.code === 'usage' ? EXIT_USAGE : EXIT_FAILURE;
}

handleUncaught((error) => {
  reportError(error);
  leaveProcess(Number(process.exitCode));
});
main(process.argv.slice(2))
  .catch(reportError)
  .finally(() => exitWithin(LEFTOVERS_MS));
