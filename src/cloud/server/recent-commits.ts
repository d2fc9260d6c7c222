/**
 * Commits of the time in which a query runs: what it reads is known only when it has ended, and may have been written meanwhile.
 */
import type { Commit, WrittenKey } from '../database/database.ts';

/** Beyond it the oldest is forgotten, and a query that began before it counts as touched. */
const MAX_COMMITS = 1_000;

export interface RecentCommits {
  add(commit: Commit): void;
  /** No query runs. */
  clear(): void;
  /** Whether one after this timestamp touches what `isTouched` knows. */
  haveTouched(timestamp: bigint, isTouched: (written: readonly WrittenKey[]) => boolean): boolean;
}

export function createRecentCommits(): RecentCommits {
  const commits: Commit[] = [];
  let forgotten = 0n;
  return {
    add(commit) {
      commits.push(commit);
      if (commits.length > MAX_COMMITS) forgotten = commits.shift()?.timestamp ?? forgotten;
    },
    clear() {
      commits.length = 0;
    },
    haveTouched(timestamp, isTouched) {
      return timestamp < forgotten || commits.some((each) => each.timestamp > timestamp && isTouched(each.written));
    },
  };
}
