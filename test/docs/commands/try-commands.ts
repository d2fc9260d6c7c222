/** Runs the commands of the documents as they are written, but for the names that stand for something of the reader. */
import { commandsOf, type PageCommand, pages } from './pages.ts';
import { type Treatment, treatmentOf } from './treatments.ts';
import { createWorld, type Tried, type World } from './world.ts';

const WITHIN_MS = 120_000;
const LONG_MS = 900_000;

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
  const world = createWorld();
  const all = pages()
    .flatMap(commandsOf)
    .map((each) => ({ ...each, treatment: treatmentOf(each.line) }));
  // These have a gateway of their own, or read what it has left; everything else wants one that runs.
  const alone = all.filter(({ treatment, line }) => treatment.kind === 'serve' && !/turns/.test(line));
  const tried: TriedCommand[] = [];
  const note = (command: TriedCommand) => {
    tried.push(command);
    onCommand(command);
  };
  try {
    for (const command of alone) note({ ...command, result: await tryOne(world, command.line, command.treatment) });
    await world.startGateway();
    let session = '';
    let page = '';
    for (const command of all.filter((each) => !alone.includes(each))) {
      if (command.page !== page) session = '';
      page = command.page;
      const { treatment, line } = command;
      const isTried = treatment.kind === 'run' || treatment.kind === 'serve' || (long && treatment.kind === 'long');
      if (!isTried) {
        note({ ...command, result: undefined });
        continue;
      }
      const filled = await withNames(world, line);
      // Each command has a shell of its own: what a page sets holds for the rest of it.
      if (/^(export|eval) /.test(line)) session += `${line.replace(/ +#.*$/, '')}; `;
      const result = await tryOne(world, `${session}${filled}`, treatment);
      note({ ...command, result });
    }
  } finally {
    await world.close();
  }
  return tried;
}

function tryOne(world: World, line: string, treatment: Treatment): Promise<Tried> {
  if (treatment.kind === 'serve') return world.serve(line, treatment.until, WITHIN_MS);
  return world.run(line, treatment.kind === 'long' ? LONG_MS : WITHIN_MS);
}

/** What the reader puts in. */
async function withNames(world: World, line: string): Promise<string> {
  const filled = line
    .replaceAll('wss://GATEWAY', 'ws://127.0.0.1:4433')
    .replaceAll('bedroom', 'kitchen')
    // On a terminal a person is asked.
    .replace(/(memory forget kitchen|cloud import backup\.zip)/, '$1 --yes');
  if (!/\bID\b/.test(filled)) return filled;
  const { output } = await world.run('earshot turns --device kitchen --limit 1 --json', WITHIN_MS);
  return filled.replaceAll(/\bID\b/g, (JSON.parse(output) as { turn: string }).turn);
}
