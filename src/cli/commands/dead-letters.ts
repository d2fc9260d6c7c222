import { type DeadLetter, readDeadLetters } from '../../../actors/cloud/dead-letters.ts';
import { type RecordFiles, recordFolder } from '../../../actors/cloud/record-files.ts';
import { parseRecord } from '../../../actors/cloud/records.ts';
import { EarshotError } from '../../core/errors.ts';
import { deadLettersFolder, queueFolder } from '../../core/files/paths.ts';
import { isoTime } from '../../core/time/iso-time.ts';
import { cell } from '../terminal/cell.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption, stateOf } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

type ListOptions = StateOption & { json?: boolean };
type ChoiceOptions = ListOptions & { all?: boolean };

const define: DefineCommand = (command) => {
  addStateOption(command)
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', "\nRun it on the gateway's machine, with the gateway's --state.")
    .action(list);
  const subcommand = (name: string, summary: string) =>
    addStateOption(command.command(`${name} [keys...]`).description(summary).copyInheritedSettings(command))
      .option('--all', 'all of them')
      .option('--json', 'print JSON');
  subcommand('retry', 'put records back into the queue').action((keys: string[], _: unknown, self: Self) =>
    retry(keys, self.optsWithGlobals()),
  );
  subcommand('delete', 'delete records permanently').action((keys: string[], _: unknown, self: Self) =>
    remove(keys, self.optsWithGlobals()),
  );
};

interface Self {
  optsWithGlobals(): ChoiceOptions;
}

function list({ state, json }: ListOptions): void {
  const letters = readDeadLetters(recordFolder(deadLettersFolder(stateOf({ state })))).map(describe);
  for (const { key, at, device, code, message, recordingBytes } of letters) {
    if (json) printJson({ key, at, device, code, message, recordingBytes });
    else {
      const recording = recordingBytes === undefined ? [] : [`recording of ${recordingBytes} bytes`];
      printLine([at, key, device === undefined ? 'damaged' : cell(device), ...recording, message].join('  '));
    }
  }
  if (letters.length === 0 && !json) printLine('no dead letters');
}

async function retry(keys: string[], { state, all, json }: ChoiceOptions): Promise<void> {
  const files = recordFolder(deadLettersFolder(stateOf({ state })));
  const queue = recordFolder(queueFolder(stateOf({ state })));
  const waiting = new Set(queue.find().map(({ key }) => key));
  const retried: string[] = [];
  for (const { key, text, recordingBytes } of chosen(files, keys, all)) {
    // A record that is already in the queue is newer; a damaged record would be rejected again.
    if (waiting.has(key) || !isRecord(text)) continue;
    const recording = recordingBytes === undefined ? undefined : await files.readRecording(key);
    await queue.save(key, { text, isDurable: true, ...(recording && { recording }) });
    await files.remove(key);
    retried.push(key);
  }
  if (json) return printJson({ retried });
  printLine(`${retried.length} records are in the queue again; the gateway sends them after its next start`);
}

async function remove(keys: string[], { state, all, json }: ChoiceOptions): Promise<void> {
  const files = recordFolder(deadLettersFolder(stateOf({ state })));
  const letters = chosen(files, keys, all);
  for (const { key } of letters) await files.remove(key);
  if (json) printJson({ deleted: letters.map(({ key }) => key) });
  else printLine(`${letters.length} records deleted`);
}

/** @throws EarshotError `usage`, `record_unknown` */
function chosen(files: RecordFiles, keys: string[], all: boolean | undefined): DeadLetter[] {
  const letters = readDeadLetters(files);
  if (all) return letters;
  if (keys.length === 0) {
    throw new EarshotError(
      'usage',
      'No record was given',
      'Give keys from the list of earshot dead-letters, or --all.',
    );
  }
  return keys.map((key) => {
    const letter = letters.find((each) => each.key === key);
    if (letter) return letter;
    throw new EarshotError('record_unknown', `There is no dead letter ${key}`, 'List them with: earshot dead-letters');
  });
}

function describe({ setAsideAtMs, key, code, message, text, recordingBytes }: DeadLetter) {
  const device = isRecord(text) ? parseRecord(text).device : undefined;
  return { key, at: isoTime(setAsideAtMs), device, code, message, recordingBytes };
}

function isRecord(text: string): boolean {
  try {
    parseRecord(text);
    return true;
  } catch {
    return false; // damaged records can be listed and deleted
  }
}

export default define;
