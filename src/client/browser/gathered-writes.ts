/**
 * Writes to files that wait a moment for more and are committed together: a transaction for each packet costs a page more than sending it. A failed
 * commit fails the next write of its files. If the tab crashes, what waits is lost; most of it was sent.
 */
import type { MaybePromise } from '../../core/files/steps.ts';
import type { Clock } from '../../core/time/clock.ts';

/** A fraction of the time after which a turn is synced (actors/offline/write-ahead.ts). */
const WAIT_MS = 250;

export interface GatheredWrite {
  readonly path: string;
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Bytes that are given are valid during the call only. */
export interface GatheredWrites {
  /** Done when a commit that runs has ended: a disk that is slow slows down who writes. @throws what a commit of this file failed with */
  add(path: string, bytes: Uint8Array, at: number): MaybePromise<void>;
  addNow(path: string, bytes: Uint8Array, at: number): void;
  /** Begins to commit what waits at once. Resolves when nothing is being committed any more. */
  commit(): Promise<void>;
  /** @throws what a commit of this file failed with */
  check(path: string): void;
  /** Nothing more of this file is written. */
  forget(path: string): void;
}

/** @param store done when all of them are committed */
export function createGatheredWrites(
  store: (writes: readonly GatheredWrite[]) => Promise<void>,
  clock: Clock,
): GatheredWrites {
  let gathered: GatheredWrite[] = [];
  let timer: unknown;
  let committing: Promise<void> | undefined;
  const failures = new Map<string, unknown>();

  function commit(): Promise<void> {
    clock.clearTimeout(timer);
    timer = undefined;
    if (gathered.length === 0) return committing ?? Promise.resolve();
    const writes = gathered;
    gathered = [];
    const stored = store(writes).catch((error) => {
      for (const { path } of writes) failures.set(path, error);
    });
    const all = Promise.all([committing, stored]).then(() => {
      if (committing === all) committing = undefined;
    });
    committing = all;
    return all;
  }

  function check(path: string): void {
    if (failures.has(path)) throw failures.get(path);
  }

  return {
    add(path, bytes, at) {
      check(path);
      gathered.push({ path, at, bytes: bytes.slice() });
      timer ??= clock.setTimeout(() => void commit(), WAIT_MS);
      return committing;
    },
    addNow(path, bytes, at) {
      gathered.push({ path, at, bytes: bytes.slice() });
      void commit();
    },
    commit,
    check,
    forget: (path) => void failures.delete(path),
  };
}
