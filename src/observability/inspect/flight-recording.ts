/**
 * A recording of the flight recorder: a header, then one entry per line. Of a truncated file, or of two that were joined, all valid lines are
 * read.
 */
import { EarshotError } from '../../core/errors.ts';
import { inputName } from '../../core/files/descriptors.ts';
import { readInput } from '../../core/files/input-file.ts';
import type { Entry } from './entries.ts';

export const FORMAT = 'earshot-flight';
/** 2: `t` is monotonic, and `clock` entries tell the wall clock's time. */
export const FORMAT_VERSION = 2;

export interface FlightRecordingHeader {
  k: 'recording';
  format: typeof FORMAT;
  version: number;
  software: string;
  /** Ms since 1970, by the wall clock. */
  startedAt: number;
}

export interface FlightRecording {
  header: FlightRecordingHeader;
  /** In order. Where a second file begins, entries that describe the state are repeated. */
  entries: Entry[];
  /** Lines that are no entry. */
  damagedLines: number;
}

/** Two files of the flight recorder have 8 MiB; with audio, some more. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** @throws EarshotError `file_not_found`, `file_unreadable` */
export async function readFlightRecording(path: string): Promise<FlightRecording> {
  const bytes = await readInput(path, { maxBytes: MAX_FILE_BYTES, kind: 'recording' });
  const lines = new TextDecoder().decode(bytes).split('\n');
  let header: FlightRecordingHeader | undefined;
  let damagedLines = 0;
  const entries: Entry[] = [];
  for (const line of lines) {
    if (line === '') continue;
    const parsed = parse(line);
    if (!parsed) damagedLines += 1;
    else if (parsed.k === 'recording') header ??= parsed;
    else if (header) entries.push(parsed);
  }
  if (header?.format !== FORMAT) {
    throw new EarshotError(
      'file_unreadable',
      `${inputName(path)} is no recording`,
      'Recordings are in the state folder, in flight/.',
    );
  }
  if (header.version > FORMAT_VERSION) {
    const message = `${inputName(path)} was recorded by a later version (${header.software})`;
    throw new EarshotError('file_unreadable', message, 'Replay it with that version.');
  }
  return { header, entries, damagedLines };
}

function parse(line: string): Entry | FlightRecordingHeader | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === 'object' && 'k' in value ? (value as Entry) : undefined;
  } catch {
    // A truncated line: the caller counts it.
    return undefined;
  }
}
