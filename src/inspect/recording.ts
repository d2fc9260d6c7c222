/**
 * A recording of the flight recorder: one entry a line, after a header. A file that was cut off in the middle of a line, or
 * joined from two, is read as far as it is whole.
 */
import { readFileSync } from 'node:fs';
import { EarshotError, systemCode } from '../errors.ts';
import type { Entry } from './entries.ts';

export const FORMAT = 'earshot-flight';
/** 2: `t` is monotonic, and `clock` entries tell the wall clock's time. */
export const FORMAT_VERSION = 2;

export interface RecordingHeader {
  k: 'recording';
  format: typeof FORMAT;
  version: number;
  software: string;
  /** Ms since 1970, by the wall clock. */
  startedAt: number;
}

export interface Recording {
  header: RecordingHeader;
  /** In order. Where a second file begins, entries that describe the state are repeated. */
  entries: Entry[];
  /** Lines that are none. */
  damagedLines: number;
}

/** @throws EarshotError `file_not_found`, `file_unreadable` */
export function readRecording(path: string): Recording {
  const lines = readText(path).split('\n');
  let header: RecordingHeader | undefined;
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
      `${path} is no recording`,
      'Recordings are in the state folder, in flight/.',
    );
  }
  if (header.version > FORMAT_VERSION) {
    const message = `${path} was recorded by a later version (${header.software})`;
    throw new EarshotError('file_unreadable', message, 'Replay it with that version.');
  }
  return { header, entries, damagedLines };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') {
      throw new EarshotError('file_not_found', `There is no file ${path}`, 'Check the path.', { cause });
    }
    throw new EarshotError('file_unreadable', `${path} cannot be read`, 'Check its permissions.', { cause });
  }
}

function parse(line: string): Entry | RecordingHeader | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === 'object' && 'k' in value ? (value as Entry) : undefined;
  } catch {
    // Cut off in the middle: counted by the caller.
    return undefined;
  }
}
