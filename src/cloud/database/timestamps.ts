/**
 * Timestamps of the database: nanoseconds since 1970, each later than all before, also over a restart with a clock that was set back.
 *
 * They are not stored one by one. A bound is, and timestamps below it are given out; the next start begins at the bound.
 */
import type { Clock } from '../../core/time/clock.ts';
import type { Sqlite } from './sqlite.ts';

const NS_PER_MS = 1_000_000n;
const LEASE_NS = 600_000n * NS_PER_MS;

export interface Timestamps {
  next(): bigint;
  /** Called in each commit: the bound moves on with it, so that it hardly ever costs a write of its own. */
  inCommit(): void;
  /** The next start may begin where this one ends. */
  close(): void;
}

export function openTimestamps(sql: Sqlite, clock: Pick<Clock, 'wallNow'>): Timestamps {
  const read = sql.prepare<[], string>("SELECT value FROM meta WHERE name = 'timestamp'").pluck();
  const write = sql.prepare("INSERT OR REPLACE INTO meta VALUES ('timestamp', ?)");
  let last = BigInt(read.get() ?? 0);
  let bound = last;

  function lease(): void {
    bound = latest() + LEASE_NS;
    write.run(String(bound));
  }

  function latest(): bigint {
    const now = BigInt(Math.floor(clock.wallNow())) * NS_PER_MS;
    return now > last ? now : last;
  }

  return {
    next() {
      const now = latest();
      last = now > last ? now : last + 1n;
      // In the transaction of another, the bound would be undone with it: the commit moves it.
      if (last >= bound && !sql.inTransaction) lease();
      return last;
    },
    inCommit() {
      if (bound - latest() < LEASE_NS / 2n) lease();
    },
    close() {
      write.run(String(last));
    },
  };
}
