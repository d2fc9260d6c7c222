import { existsSync } from 'node:fs';
import { type DeadLetter, readDeadLetters } from '../../../actors/cloud/dead-letters.ts';
import { type RecordFiles, recordFolder } from '../../../actors/cloud/record-files.ts';
import { parseRecord } from '../../../actors/cloud/records.ts';
import { EarshotError } from '../../core/errors.ts';
import { deadLettersFolder, processFolders, queueFolder } from '../../core/files/paths.ts';
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

/** A dead letter, and the folders of the process of the gateway that has it. */
interface Found {
  letter: DeadLetter;
  files: RecordFiles;
  queue: RecordFiles;
}

/** Of all processes of the gateway. @throws EarshotError `store_failed` for a state folder that is none */
function findAll(given: string | undefined): Found[] {
  const state = stateOf({ state: given });
  return processFolders(state).flatMap((folder) => {
    if (folder !== state && !existsSync(deadLettersFolder(folder))) return [];
    const [files, queue] = [recordFolder(deadLettersFolder(folder)), recordFolder(queueFolder(folder))];
    return readDeadLetters(files).map((letter) => ({ letter, files, queue }));
  });
}

function list({ state, json }: ListOptions): void {
  const letters = findAll(state).map(({ letter }) => describe(letter));
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
  const retried: string[] = [];
  const waiting = new Map<RecordFiles, Set<string>>();
  for (const { letter, files, queue } of chosen(findAll(state), keys, all)) {
    const { key, text, recordingBytes } = letter;
    const there = waiting.get(queue) ?? new Set(queue.find().map((record) => record.key));
    waiting.set(queue, there);
    // A record that is already in the queue is newer; a damaged record would be rejected again.
    if (there.has(key) || !isRecord(text)) continue;
    const recording = recordingBytes === undefined ? undefined : await files.readRecording(key);
    await queue.save(key, { text, isDurable: true, ...(recording && { recording }) });
    await files.remove(key);
    retried.push(key);
  }
  if (json) return printJson({ retried });
  printLine(`${retried.length} records are in the queue again; the gateway sends them after its next start`);
}

async function remove(keys: string[], { state, all, json }: ChoiceOptions): Promise<void> {
  const letters = chosen(findAll(state), keys, all);
  for (const { letter, files } of letters) await files.remove(letter.key);
  if (json) printJson({ deleted: letters.map(({ letter }) => letter.key) });
  else printLine(`${letters.length} records deleted`);
}

/** @throws EarshotError `usage`, `record_unknown` */
function chosen(letters: Found[], keys: string[], all: boolean | undefined): Found[] {
  if (all) return letters;
  if (keys.length === 0) {
    throw new EarshotError(
      'usage',
      'No record was given',
      'Give keys from the list of earshot dead-letters, or --all.',
    );
  }
  return keys.flatMap((key) => {
    const found = letters.filter(({ letter }) => letter.key === key);
    if (found.length > 0) return found;
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
