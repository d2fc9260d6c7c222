import { InvalidArgumentError, Option } from 'commander';
import { withOrigin } from '../../../actors/cloud/convex-cloud.ts';
import { wavOf } from '../../../actors/sound/wav-header.ts';
import { api } from '../../../convex/_generated/api.js';
import type { ListedTurn } from '../../../convex/turns.ts';
import { EarshotError } from '../../core/errors.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import { writeOutput } from '../../core/files/output-file.ts';
import { isoTime } from '../../core/time/iso-time.ts';
import { type Operator, withCloud } from '../../gateway/operator.ts';
import { TRIGGERS } from '../../protocol/triggers.ts';
import { decodeRecording, playRecording } from '../../tools/sound-test/play-recording.ts';
import { cell } from '../terminal/cell.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import { addStateOption, type StateOption, stopSignal } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

interface PlayOptions extends StateOption {
  device?: string;
  output?: string;
}

interface TurnsOptions extends StateOption {
  device?: string;
  limit: number;
  follow?: boolean;
  json?: boolean;
}

const HELP = `
In the JSON, "trigger" says what started the turn:
${Object.entries(TRIGGERS)
  .map(([name, sentence]) => `  ${name.padEnd(14)}${sentence}`)
  .join('\n')}
A device of a later version may have others.`;

const define: DefineCommand = (command) => {
  command
    .option('--device <name>', 'only turns of this device')
    .option('--limit <n>', 'number of turns', wholeNumber(1, 200), 20)
    .option('--follow', 'keep running and print each turn when it has ended')
    .option('--json', 'print one JSON object a line');
  addStateOption(command)
    .addHelpText('after', HELP)
    .action((options: TurnsOptions) =>
      withCloud(options.state, (operator) => (options.follow ? follow(operator, options) : list(operator, options))),
    );

  addStateOption(command.command('play <id>').description("play a turn's recording, or write it to a file"))
    .copyInheritedSettings(command)
    .addOption(
      new Option(
        '--output <file>',
        'write to a file: .opus or .ogg as recorded, .wav decoded; - for WAV on standard output',
      ).argParser(recordingFile),
    )
    .action(async (id: string, _options: unknown, self: { optsWithGlobals(): PlayOptions }) => {
      await play(id, self.optsWithGlobals());
    });
};

/** The extension selects the format. */
function recordingFile(path: string): string {
  if (path === '-' || /\.(opus|ogg|wav)$/i.test(path)) return path;
  throw new InvalidArgumentError('A recording is written as .opus, .ogg or .wav.');
}

async function list({ client }: Operator, { device, limit, json }: TurnsOptions): Promise<void> {
  const turns = await client.query(api.turns.list, selection(device, limit));
  for (const turn of turns.reverse()) print(turn, json);
  if (turns.length === 0 && !json) printLine('no turns');
}

/** Prints the turns that have ended, then each further one once, when it has ended, until a signal. */
async function follow({ client }: Operator, { device, limit, json }: TurnsOptions): Promise<void> {
  let printed: ReadonlySet<string> = new Set();
  const nameOf = (turn: ListedTurn) => `${turn.turn} ${turn.device}`;
  const onTurns = (turns: readonly ListedTurn[]) => {
    const ended = turns.filter(({ outcome }) => outcome !== undefined);
    for (const turn of [...ended].reverse()) if (!printed.has(nameOf(turn))) print(turn, json);
    printed = new Set(ended.map(nameOf));
  };
  await new Promise<void>((resolve, reject) => {
    const unwatch = client.onUpdate(api.turns.list, selection(device, limit), onTurns, reject);
    void stopSignal().then(() => {
      unwatch();
      resolve();
    });
  });
}

function selection(device: string | undefined, limit: number) {
  return { limit, ...(device !== undefined && { device }) };
}

function print(turn: ListedTurn, json: boolean | undefined): void {
  if (json) return printJson(turn);
  const { device, state, outcome, startedAt, recording, latencyMs, offline, error } = turn;
  const { transcript, tools = [], replyText } = turn;
  const parts = [
    isoTime(startedAt),
    turn.turn,
    cell(device),
    outcome ?? state,
    ...(offline ? ['recorded offline'] : []),
    ...(recording ? [`${(recording.durationMs / 1_000).toFixed(1)} s`] : []),
    ...(latencyMs?.total === undefined ? [] : [`${Math.round(latencyMs.total)} ms`]),
    ...(transcript === undefined ? [] : [`“${transcript}”`]),
    ...tools.map(({ name, error }) => (error === undefined ? `[${name}]` : `[${name} failed]`)),
    ...(replyText === undefined ? [] : [`→ “${replyText}”`]),
    ...(error === undefined ? [] : [error.message]),
  ];
  printLine(parts.join('  '));
}

async function play(id: string, { state, device, output }: PlayOptions): Promise<void> {
  checkFiles({ inputs: [], outputs: [output] });
  const file = await withCloud(state, async ({ client, url }) => {
    const which = { turn: id, ...(device !== undefined && { device }) };
    const found = await client.query(api.recordings.url, which);
    if (!found)
      throw new EarshotError(
        'turn_unknown',
        `There is no recording of ${id}`,
        'It may be deleted because of its age, or not uploaded yet.',
      );
    const response = await fetch(withOrigin(found.url, url));
    if (!response.ok) {
      throw new EarshotError(
        'cloud_unavailable',
        `The recording cannot be fetched (HTTP ${response.status})`,
        'Try again.',
      );
    }
    return new Uint8Array(await response.arrayBuffer());
  });
  if (output === undefined) await playRecording(file);
  else writeOutput(output, /\.(opus|ogg)$/i.test(output) ? file : wavOf(decodeRecording(file)));
}

export default define;
