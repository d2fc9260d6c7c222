/**
 * The entries of the last minutes in memory, as the lines in which they are sent and written, limited in bytes; and its readers.
 */

import { type ActorsState, apply, describeActorsState, emptyActorsState } from './actors-state.ts';
import type { Entry } from './entries.ts';

/** Lines for a page that is opened later. */
export const HISTORY_LIMIT_BYTES = 3 * 1_024 * 1_024;
/** One entry, as text. A larger one is omitted and counted: its payload is too long to be read. */
const ENTRY_LIMIT_BYTES = 64 * 1_024;

export interface EntryLog {
  write(entry: Entry): void;
  /** Calls the reader for each new line. Returns a function that stops it. */
  follow(reader: (line: string, entry: Entry) => void): () => void;
  /** For a new reader: the state at the beginning of the history, and the history. */
  history(): string[];
  /** The current state, without history. */
  now(): string[];
  stats(): { lines: number; bytes: number; limit: number; forgotten: number; tooLarge: number };
}

export function createEntryLog(limitBytes = HISTORY_LIMIT_BYTES): EntryLog {
  /** The state before the first line. */
  const base: ActorsState = emptyActorsState();
  const state: ActorsState = emptyActorsState();
  const readers = new Set<(line: string, entry: Entry) => void>();
  let lines: { line: string; entry: Entry }[] = [];
  let first = 0;
  let bytes = 0;
  let forgotten = 0;
  let tooLarge = 0;
  let lastMs = 0;

  function forgetOldest(): void {
    while (bytes > limitBytes && first < lines.length) {
      const oldest = lines[first];
      if (!oldest) return;
      apply(base, oldest.entry);
      bytes -= oldest.line.length;
      forgotten += 1;
      first += 1;
    }
    // Moved rarely, so that deleting a line has a constant cost.
    if (first > 4_096) {
      lines = lines.slice(first);
      first = 0;
    }
  }

  const print = (entries: Entry[]) => entries.map((entry) => JSON.stringify(entry));

  return {
    write(entry) {
      const line = JSON.stringify(entry);
      if (line.length > ENTRY_LIMIT_BYTES) {
        tooLarge += 1;
        return;
      }
      if ('t' in entry) lastMs = entry.t;
      apply(state, entry);
      lines.push({ line, entry });
      bytes += line.length;
      forgetOldest();
      for (const reader of readers) reader(line, entry);
    },
    follow(reader) {
      readers.add(reader);
      return () => readers.delete(reader);
    },
    history: () => [...print(describeActorsState(base, 0)), ...lines.slice(first).map(({ line }) => line)],
    now: () => print(describeActorsState(state, lastMs)),
    stats: () => ({ lines: lines.length - first, bytes, limit: limitBytes, forgotten, tooLarge }),
  };
}
