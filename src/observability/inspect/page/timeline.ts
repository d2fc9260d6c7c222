/**
 * All entries of the page, up to a limit, and the moment that it shows: now, or an earlier one. Live, paused and replayed differ only in
 * this moment.
 */

import { type ActorsState, apply, copyActorsState, emptyActorsState } from '../actors-state.ts';
import { type Entry, wallOffsetOf } from '../entries.ts';

/** Some tens of minutes of speech; a recording is limited by its file. */
export const ENTRIES_LIMIT = 20_000;
/** Deleted at once, so that deleting is rare. */
const FORGET = 2_000;

export interface Timeline {
  add(entries: readonly Entry[]): void;
  /** Shows a moment; undefined: the end, and follows it. */
  seek(t: number | undefined): void;
  clear(): void;
  readonly isLive: boolean;
  /** The moment that is shown, and the state of all actors at it. */
  readonly t: number;
  readonly state: ActorsState;
  readonly startMs: number;
  readonly endMs: number;
  /** All entries, also those after the moment that is shown. */
  readonly entries: readonly Entry[];
  /** How many of them are not after the moment that is shown. */
  readonly shown: number;
  /** Number of deleted entries. */
  readonly forgotten: number;
  /** The time of day at a moment: ms since 1970. */
  wallMs(t: number): number;
}

export function createTimeline(isBounded: () => boolean): Timeline {
  let base = emptyActorsState();
  let entries: Entry[] = [];
  let state = emptyActorsState();
  let shown = 0;
  let at: number | undefined;
  let forgotten = 0;
  let wallOffsetMs = 0;
  let startMs = 0;
  let endMs = 0;

  function forget(): void {
    if (!isBounded() || entries.length < ENTRIES_LIMIT + FORGET) return;
    const old = entries.splice(0, FORGET);
    for (const entry of old) apply(base, entry);
    forgotten += old.length;
    const first = entries.find((entry) => timeOf(entry) > 0);
    if (first) startMs = timeOf(first);
    if (shown >= old.length) shown -= old.length;
    else rewind();
  }

  function rewind(): void {
    state = copyActorsState(base);
    shown = 0;
    advance();
  }

  function advance(): void {
    for (let entry = entries[shown]; entry && (at === undefined || timeOf(entry) <= at); entry = entries[shown]) {
      apply(state, entry);
      shown += 1;
    }
  }

  return {
    add(more) {
      if (more.some(({ k }) => k === 'clock')) wallOffsetMs = wallOffsetOf(more);
      for (const entry of more) {
        entries.push(entry);
        const t = timeOf(entry);
        if (t === 0) continue;
        if (startMs === 0) startMs = t;
        endMs = Math.max(endMs, t);
      }
      advance();
      forget();
    },
    seek(t) {
      const before = at ?? Number.POSITIVE_INFINITY;
      at = t;
      if (t !== undefined && t < before) rewind();
      else advance();
    },
    clear() {
      wallOffsetMs = 0;
      base = emptyActorsState();
      state = emptyActorsState();
      entries = [];
      shown = 0;
      startMs = 0;
      endMs = 0;
    },
    wallMs: (t) => t + wallOffsetMs,
    get isLive() {
      return at === undefined;
    },
    get t() {
      return at ?? endMs;
    },
    get state() {
      return state;
    },
    get startMs() {
      return startMs;
    },
    get endMs() {
      return endMs;
    },
    get entries() {
      return entries;
    },
    get shown() {
      return shown;
    },
    get forgotten() {
      return forgotten;
    },
  };
}

/** 0 for entries without a time. The last `clock` entry is valid for all. */
function timeOf(entry: Entry): number {
  return 't' in entry && entry.k !== 'clock' ? entry.t : 0;
}
