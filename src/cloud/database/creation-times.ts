/** The times at which documents are made: each later than all before, also when the clock is set back, and over a restart. */
import type { Clock } from '../../core/time/clock.ts';
import type { Catalog } from './catalog.ts';
import { EVERYTHING } from './index-range.ts';
import { BY_CREATION_TIME } from './table.ts';

/** What a number of this size can tell apart is 0.00025. */
const STEP_MS = 0.001;

export function createCreationTimes(catalog: Catalog, clock: Pick<Clock, 'wallNow'>): () => number {
  let last = 0;
  for (const table of catalog.tables()) {
    const [newest] = table.indexes.get(BY_CREATION_TIME)?.descending.all(EVERYTHING.low, EVERYTHING.high, 1) ?? [];
    if (newest) last = Math.max(last, (JSON.parse(newest[2]) as { _creationTime: number })._creationTime);
  }
  return () => {
    last = Math.max(clock.wallNow(), last + STEP_MS);
    return last;
  };
}
