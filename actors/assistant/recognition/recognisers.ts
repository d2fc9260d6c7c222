/**
 * The recognisers: each is a thread with a model of its own, which does one pass at a time. A model takes about 220 MB and seconds to load; so
 * there is one at first, another one is loaded while passes wait, and those that have nothing to do are closed.
 */

import { errorFields } from '../../../src/core/errors.ts';
import type { Log } from '../../../src/core/log/log.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import type { Hearing } from './recogniser-worker.ts';

export interface Recogniser {
  /**
   * The texts of all hearings, which run at the same time. Blocks its thread, and cannot be aborted.
   * @throws EarshotError `assistant_failed`, `assistant_timeout`
   */
  recognise(hearings: readonly Hearing[]): Promise<string[]>;
  close(): Promise<void>;
}

export interface Recognisers {
  /** A free one. Undefined: all have something to do. */
  take(): Recogniser | undefined;
  /** It is free again. */
  giveBack(recogniser: Recogniser): void;
  /** Loads one more, if there may be more. */
  grow(): void;
  /** How many are free, and how many there are. */
  counts(): { free: number; loaded: number };
  /** Resolves when the first is loaded. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

export interface RecognisersOptions {
  /** These stay. At least 1. */
  min: number;
  max: number;
  /** Opens one, which loads its model at its first pass. */
  open(): Recogniser;
  /** A recogniser is free that was not there before. */
  onMore(): void;
  clock: Clock;
  log: Log;
}

/** Recognisers beyond the minimum are closed after this time without a pass. */
const IDLE_MS = 60_000;
/** For the first pass of a recogniser. */
const SILENCE: readonly Hearing[] = [{ samples: new Int16Array(8_000), pace: 1 }];

export function createRecognisers({ min, max, open, onMore, clock, log }: RecognisersOptions): Recognisers {
  const free = Array.from({ length: min }, open);
  const all = new Set(free);
  const timers = new Map<Recogniser, unknown>();
  let isLoading = false;
  let isClosed = false;

  async function loadOneMore(): Promise<void> {
    const another = open();
    all.add(another);
    try {
      await another.recognise(SILENCE);
      giveBack(another);
      if (!isClosed) onMore();
    } catch (error) {
      // The others go on.
      log.warn('another recogniser cannot be loaded', errorFields(error));
      await end(another);
    }
  }

  function giveBack(recogniser: Recogniser): void {
    if (isClosed) return;
    free.push(recogniser);
    if (all.size <= min) return;
    closeAfterIdleTime(recogniser).catch((error: unknown) => log.warn('a recogniser did not end', errorFields(error)));
  }

  /** A timer that is cleared leaves this waiting for ever, and the garbage collector takes it. */
  async function closeAfterIdleTime(recogniser: Recogniser): Promise<void> {
    await new Promise<void>((resolve) => {
      timers.set(recogniser, clock.setTimeout(resolve, IDLE_MS));
    });
    const index = free.indexOf(recogniser);
    if (index < 0 || all.size <= min) return;
    free.splice(index, 1);
    await end(recogniser);
  }

  async function end(recogniser: Recogniser): Promise<void> {
    all.delete(recogniser);
    clock.clearTimeout(timers.get(recogniser));
    timers.delete(recogniser);
    await recogniser.close();
  }

  return {
    take() {
      // The one that was used last: so the others become idle.
      const recogniser = free.pop();
      if (recogniser) clock.clearTimeout(timers.get(recogniser));
      return recogniser;
    },
    giveBack,
    grow() {
      if (isClosed || isLoading || all.size >= max) return;
      isLoading = true;
      loadOneMore()
        .catch((error: unknown) => log.warn('a recogniser did not end', errorFields(error)))
        .finally(() => {
          isLoading = false;
        });
    },
    counts: () => ({ free: free.length, loaded: all.size }),
    async prepare() {
      await Promise.all(free.map((recogniser) => recogniser.recognise(SILENCE)));
    },
    async close() {
      isClosed = true;
      free.length = 0;
      await Promise.all([...all].map(end));
    },
  };
}
