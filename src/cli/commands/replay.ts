import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError } from '../../core/errors.ts';
import { checkFiles, checkFolder } from '../../core/files/check-files.ts';
import { inputName } from '../../core/files/descriptors.ts';
import { withDiskErrors } from '../../core/files/disk-errors.ts';
import { flightFolder } from '../../core/files/paths.ts';
import { isoTime } from '../../core/time/iso-time.ts';
import { checkFlightRecording, type Mismatch, type ReplayCheck } from '../../observability/inspect/check.ts';
import { wallOffsetOf } from '../../observability/inspect/entries.ts';
import { readFlightRecording } from '../../observability/inspect/flight-recording.ts';
import { serveFlightRecording } from '../../observability/inspect/replay.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import { addStateOption, openLog, type StateOption, stateOf, stopSignal } from '../terminal/options.ts';
import { printJson, printLine, printMessage } from '../terminal/output.ts';

interface ReplayOptions extends StateOption {
  check?: boolean;
  port?: number;
  audio?: string;
  json?: boolean;
}

const EXIT_DIFFERENT = 1;
const MISMATCHES_SHOWN = 5;

const define: DefineCommand = (command) => {
  command
    .argument('[file]', 'a flight recording; - for standard input (default: the newest in the state folder)')
    .option('--check', 'run its events through the machines again and compare the states')
    .option('--audio <folder>', 'write the recorded audio (--record-audio) as WAV files')
    .option('--port <n>', 'port of the page', wholeNumber(0, 65_535))
    .option('--json', 'print the result as JSON');
  addStateOption(command).action(async (file: string | undefined, options: ReplayOptions) => {
    const path = file ?? newest(flightFolder(stateOf(options)));
    checkFolder(options.audio);
    checkFiles({ inputs: [path], outputs: [] });
    const recording = await readFlightRecording(path);
    if (recording.damagedLines > 0) printMessage(`${recording.damagedLines} damaged lines were skipped`);
    if (options.check) {
      const result = checkFlightRecording(recording.entries);
      if (options.json) printJson(result);
      else for (const line of describeResult(inputName(path), result, wallOffsetOf(recording.entries))) printLine(line);
      if (result.mismatches.length > 0) process.exitCode = EXIT_DIFFERENT;
      return;
    }
    if (options.audio !== undefined) {
      const { writeRecordedAudio } = await import('../../observability/inspect/recorded-audio.ts');
      for (const file of writeRecordedAudio(recording.entries, options.audio, path)) printLine(file);
      return;
    }
    const log = openLog({ logLevel: 'warn', logFormat: 'text' });
    const server = await serveFlightRecording({ recording, path: inputName(path), port: options.port, log });
    try {
      if (options.json) printJson({ url: server.url });
      else printLine(`${inputName(path)} at ${server.url}; Ctrl-C to stop`);
      await stopSignal();
    } finally {
      await server.close();
    }
  });
};

/** @throws EarshotError `file_not_found`, `store_failed` */
function newest(folder: string): string {
  const names = withDiskErrors(folder, () => (isThere(folder) ? readdirSync(folder) : [])).filter((name) =>
    name.endsWith('.ndjson'),
  );
  // Saved recordings are named by their time; if there are none, use the files of the last run.
  const saved = names.filter((name) => /^\d/.test(name)).sort();
  const byAge = names.toSorted((a, b) => writtenMs(join(folder, a)) - writtenMs(join(folder, b)));
  const name = saved.at(-1) ?? byAge.at(-1);
  if (name !== undefined) return join(folder, name);
  const hint = 'Record with --inspect or --record, or give a file.';
  throw new EarshotError('file_not_found', `There is no recording in ${folder}`, hint);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function writtenMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function describeResult(path: string, result: ReplayCheck, wallOffsetMs: number): string[] {
  const { steps, machines, skipped, mismatches } = result;
  const verdict =
    mismatches.length === 0
      ? `${steps} steps of ${machines.length} machines reach the states that were recorded`
      : `${mismatches.length} of ${steps} steps do not reach the states that were recorded`;
  const skippedText = skipped > 0 ? ` (${skipped} more are initial states, or their event precedes the recording)` : '';
  return [
    `${path}: ${verdict}${skippedText}`,
    ...mismatches.slice(0, MISMATCHES_SHOWN).flatMap((mismatch) => describeMismatch(mismatch, wallOffsetMs)),
  ];
}

function describeMismatch({ actor, t, event, recorded, reached }: Mismatch, wallOffsetMs: number): string[] {
  const show = ({ value, context }: Mismatch['recorded']) => `${JSON.stringify(value)} ${JSON.stringify(context)}`;
  return [
    `  ${isoTime(t + wallOffsetMs).slice(11, 23)} ${actor}, ${event}`,
    `    recorded ${show(recorded)}`,
    `    reached  ${show(reached)}`,
  ];
}

export default define;
