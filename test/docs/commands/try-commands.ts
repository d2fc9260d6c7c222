/** Runs the commands of the documents as they are written, but for the names that stand for something of the reader. */

import type { Shell, Tried } from '../../support/shell.ts';
import { commandsOf, type PageCommand, pages } from './pages.ts';
import { type Treatment, type Trial, treatmentOf } from './treatments.ts';
import { createWorld, type World } from './world.ts';

const WITHIN_MS = 120_000;
const LONG_MS = 900_000;
/** A virtual card stops for seconds on a busy machine, unlike a real one. */
const CARD_ATTEMPTS = 4;
/** Of the inspector. */
const RECORDINGS = '~/.local/state/earshot/flight';

export interface TriedCommand extends PageCommand {
  treatment: Treatment;
  /** Undefined: it was not run. */
  result: Tried | undefined;
}

export interface TryOptions {
  /** Also those that take minutes. */
  long: boolean;
  onCommand(tried: TriedCommand): void;
}

export async function tryCommands({ long, onCommand }: TryOptions): Promise<TriedCommand[]> {
  const world = await createWorld({ withCards: true });
  const all = pages()
    .flatMap(commandsOf)
    .map((each) => ({ ...each, treatment: treatmentOf(each) }));
  const tried: TriedCommand[] = [];
  /** What several pages say is run once. */
  const results = new Map<string, Promise<Tried>>();

  async function tryAll(beside: Trial['beside']): Promise<void> {
    let session = '';
    let page = '';
    for (const command of all) {
      const { treatment, line } = command;
      if (treatment.kind !== 'trial' || treatment.beside !== beside) continue;
      if (command.page !== page) session = '';
      page = command.page;
      let result: Promise<Tried> | undefined;
      if ((long || treatment.shortForm === undefined) && (world.hasCards || !treatment.wantsCards)) {
        const key = session + withoutComment(line).replace(/^bin\//, '');
        result = results.get(key) ?? tryOne(world, session + (await withNames(world, line)), treatment);
        results.set(key, result);
        // Each command has a shell of its own: what a page sets, and where it goes, holds for the rest of it.
        if (/^(export|eval|cd) /.test(line)) session += `${withoutComment(line)}; `;
      }
      note({ ...command, result: await result });
    }
  }

  function note(command: TriedCommand): void {
    tried.push(command);
    onCommand(command);
  }

  try {
    for (const command of all) if (command.treatment.kind === 'exception') note({ ...command, result: undefined });
    await tryAll('nothing');
    await world.startGateway();
    await world.connectDevice();
    await tryAll('gateway and device');
    await world.disconnectDevice();
    await tryAll('gateway');
  } finally {
    await world.close();
  }
  return tried;
}

async function tryOne(world: World, line: string, trial: Trial): Promise<Tried> {
  if (!trial.wantsCards) return tryIn(world.shell, line, trial);
  for (let attempt = 1; ; attempt++) {
    const result = await tryIn(world.shellWithCards, line, trial);
    if (result.ok || attempt === CARD_ATTEMPTS) return result;
  }
}

function tryIn(shell: Shell, line: string, { until, shortForm }: Trial): Promise<Tried> {
  if (until) return shell.serve(line, until, WITHIN_MS);
  return shell.run(line, shortForm === undefined ? WITHIN_MS : LONG_MS);
}

function withoutComment(line: string): string {
  return line.replace(/ +#.*$/, '');
}

/** What the reader puts in. */
async function withNames(world: World, line: string): Promise<string> {
  const filled = line
    // This project is installed.
    .replace(/^npm ci && /, '')
    .replaceAll('wss://GATEWAY', 'ws://127.0.0.1:4433')
    .replaceAll('bedroom', 'kitchen')
    .replace('replay FILE', `replay "$(ls -t ${RECORDINGS}/* | head -n 1)"`)
    // A test is reached from this machine only.
    .replace('host 0.0.0.0', 'host 127.0.0.1')
    // On a terminal a person is asked.
    .replace(/(memory forget kitchen|cloud import backup\.zip)/, '$1 --yes');
  if (!/\bID\b/.test(filled)) return filled;
  const { output } = await world.shell.run('earshot turns --device kitchen --limit 1 --json', WITHIN_MS);
  return filled.replaceAll(/\bID\b/g, (JSON.parse(output) as { turn: string }).turn);
}
