/**
 * The inspector's memory: the entries of the last minutes, as the lines in which they are sent and written, bounded in
 * bytes; and those who read along.
 */

import { type ActorsState, apply, describeActorsState, emptyActorsState } from './actors-state.ts';
import type { Entry } from './entries.ts';

/** Lines that are kept for a page that is opened later. */
export const HISTORY_LIMIT_BYTES = 3 * 1_024 * 1_024;
/** One entry, as text. What is larger is a payload that nobody reads: its entry is left out and counted. */
const ENTRY_LIMIT_BYTES = 64 * 1_024;

export interface EntryLog {
  write(entry: Entry): void;
  /** Everything from here on, line by line. Returns a function that ends it. */
  follow(reader: (line: string, entry: Entry) => void): () => void;
  /** What brings a reader to where the journal is: the state at the beginning of the history, and the history. */
  history(): string[];
  /** The state now, without history. */
  now(): string[];
  stats(): { lines: number; bytes: number; limit: number; forgotten: number; tooLarge: number };
}

export function createEntryLog(limitBytes = HISTORY_LIMIT_BYTES): EntryLog {
  /** As it was before the first line that is kept. */
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
    // Moved rarely, so that forgetting costs the same however much is kept.
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
