/**
 * Watched queries. Equal ones (function, arguments, identity) of many clients are executed once, again only when a commit wrote into what
 * they read, and told only when the answer is another. While nobody watches, nothing is computed.
 *
 * A client is told the changes of one moment: when none of its queries has to be executed again, its answers are those of now.
 */
import { AsyncResource } from 'node:async_hooks';
import type { JSONValue } from 'convex/values';
import type { Clock } from '../../core/time/clock.ts';
import type { Commit, ReadIndex } from '../database/database.ts';
import type { Caller, QueryResult, Runtime } from '../runtime/runtime.ts';
import { canonicalJson } from './canonical-json.ts';
import { createFairQueue, type Lane } from './fair-queue.ts';
import { answerOf, type QueryAnswer } from './query-answer.ts';
import { createRecentCommits } from './recent-commits.ts';

/** Queries that are executed at the same time. */
const CONCURRENCY = 16;
/** A client that was not told anything for so long, because commits kept making its queries stale, is served first. */
const RUSH_AFTER_MS = 100;

export interface WatchedQuery {
  path: string;
  args: JSONValue;
  caller: Caller;
  /** Equal for equal callers. */
  callerKey: string;
  /** Where its pages ended before the client connected again; null: not known. */
  journal: string | null;
}

export interface Subscriber {
  /** False: there are too many subscriptions in all. */
  watch(queryId: number, query: WatchedQuery): boolean;
  /** False: it was not watched. */
  unwatch(queryId: number): boolean;
  /** How many queries it watches. */
  readonly size: number;
  /** None of its queries has to be executed again. */
  readonly isCurrent: boolean;
  /** What it has not been told yet. Call it only while it is current. */
  takeChanges(): { queryId: number; answer: QueryAnswer }[];
  /** Its queries need not wait for those of others without a key any more. */
  proven(): void;
  close(): void;
}

export interface SubscriptionStats {
  /** Of all clients. */
  subscriptions: number;
  /** Different ones. */
  queries: number;
  executions: number;
  refused: number;
}

export interface SubscriptionsOptions {
  runtime: Pick<Runtime, 'query'>;
  readIndex: ReadIndex<QueryEntry>;
  clock: Pick<Clock, 'now'>;
  /** Of all clients. Infinity: no limit. */
  maxSubscriptions: number;
  /** Of an execution that failed, or of a subscriber's callback that threw. */
  onError: (error: unknown) => void;
}

/** A query that at least one client watches. */
export interface QueryEntry {
  query: WatchedQuery;
  watches: Set<Watch>;
  state: 'stale' | 'running' | 'current';
  answer: QueryAnswer | undefined;
  /** Under which it is found. */
  keys: Set<string>;
  hasRun: boolean;
}

interface Watch {
  subscriber: SubscriberState;
  queryId: number;
  entry: QueryEntry;
  told: QueryAnswer | undefined;
}

interface SubscriberState {
  watches: Map<number, Watch>;
  /** Watches whose answer may be another than the client was told. */
  changed: Set<Watch>;
  /** Watches whose query is not current. */
  stale: number;
  staleSinceMs: number;
  lane: Lane<QueryEntry>;
  onCurrent: () => void;
}

export function createSubscriptions({ runtime, readIndex, clock, maxSubscriptions, onError }: SubscriptionsOptions) {
  // A commit happens in the context of a function that runs; what follows from it belongs to none.
  const root = new AsyncResource('subscriptions');
  const entries = new Map<string, QueryEntry>();
  const queue = createFairQueue<QueryEntry>({
    concurrency: CONCURRENCY,
    isNeeded: ({ state, watches }) => state === 'stale' && watches.size > 0,
    run: execute,
  });
  /** All clients that have not shown a key share one, in which one query runs at a time. */
  const unprovenLane = queue.openLane(1);
  const running = new Set<QueryEntry>();
  /** Queries that an error of ours kept from an answer: it is not known what they read. */
  const broken = new Set<QueryEntry>();
  const recent = createRecentCommits();
  let isPumping = false;
  const stats: SubscriptionStats = { subscriptions: 0, queries: 0, executions: 0, refused: 0 };

  function pumpSoon(): void {
    if (isPumping) return;
    isPumping = true;
    root.runInAsyncScope(() =>
      setImmediate(() => {
        isPumping = false;
        queue.pump();
      }),
    );
  }

  function commit(commit: Commit): void {
    if (stats.subscriptions === 0) return;
    const nowMs = clock.now();
    const late = new Set<Lane<QueryEntry>>();
    for (const entry of [...readIndex.affectedBy(commit.written), ...broken]) {
      if (entry.state !== 'current') continue;
      markStale(entry, nowMs);
      for (const { subscriber } of entry.watches) {
        if (nowMs - subscriber.staleSinceMs > RUSH_AFTER_MS) late.add(subscriber.lane);
      }
    }
    if (running.size > 0) recent.add(commit);
    if (late.size > 0) root.runInAsyncScope(() => setImmediate(() => late.forEach((lane) => void lane.rush())));
  }

  function markStale(entry: QueryEntry, nowMs: number): void {
    entry.state = 'stale';
    for (const { subscriber } of entry.watches) {
      if (subscriber.stale === 0) subscriber.staleSinceMs = nowMs;
      subscriber.stale += 1;
      subscriber.lane.add(entry);
    }
    pumpSoon();
  }

  async function execute(entry: QueryEntry): Promise<void> {
    const { query } = entry;
    entry.state = 'running';
    running.add(entry);
    stats.executions += 1;
    // Executed again, its pages end where they ended: who asks anew gets whole pages.
    if (entry.hasRun && query.journal !== null) forgetKey(entry, keyOf(query, null));
    try {
      const result = await runtime.query(query.path, query.args, query.caller, query.journal);
      finish(entry, result);
    } catch (error) {
      onError(error);
      broken.add(entry);
      settle(entry, answerOf({ ok: false, message: 'The server failed. It has logged why.' }, null));
    } finally {
      running.delete(entry);
      if (running.size === 0) recent.clear();
    }
  }

  function finish(entry: QueryEntry, { outcome, reads, journal, timestamp }: QueryResult): void {
    if (entry.watches.size === 0) return;
    entry.hasRun = true;
    broken.delete(entry);
    readIndex.add(entry, reads);
    if (journal !== null) {
      entry.query = { ...entry.query, journal };
      rememberKey(entry, keyOf(entry.query, journal));
    }
    if (recent.haveTouched(timestamp, (written) => readIndex.affectedBy(written).has(entry))) {
      entry.state = 'stale';
      for (const { subscriber } of entry.watches) subscriber.lane.add(entry);
      return pumpSoon();
    }
    settle(entry, answerOf(outcome, journal));
  }

  function settle(entry: QueryEntry, answer: QueryAnswer): void {
    const isEqual = entry.answer?.body === answer.body;
    entry.answer = isEqual && entry.answer ? { ...answer, body: entry.answer.body } : answer;
    entry.state = 'current';
    const current = new Set<SubscriberState>();
    for (const watch of entry.watches) {
      const { subscriber } = watch;
      if (!isEqual || !watch.told) subscriber.changed.add(watch);
      subscriber.stale -= 1;
      if (subscriber.stale === 0) current.add(subscriber);
    }
    for (const subscriber of current) if (subscriber.stale === 0) tell(subscriber);
  }

  /** All counts are right before: what one client's callback throws concerns no other client, and no query. */
  function tell(subscriber: SubscriberState): void {
    try {
      subscriber.onCurrent();
    } catch (error) {
      onError(error);
    }
  }

  function rememberKey(entry: QueryEntry, key: string): void {
    if (entries.has(key)) return;
    entries.set(key, entry);
    entry.keys.add(key);
  }

  function forgetKey(entry: QueryEntry, key: string): void {
    if (entry.keys.delete(key)) entries.delete(key);
  }

  function join(
    subscriber: SubscriberState,
    queryId: number,
    query: WatchedQuery,
    told: QueryAnswer | undefined,
  ): void {
    const key = keyOf(query, query.journal);
    let entry = entries.get(key);
    if (!entry) {
      entry = { query, watches: new Set(), state: 'stale', answer: undefined, keys: new Set(), hasRun: false };
      rememberKey(entry, key);
      stats.queries += 1;
    }
    const watch: Watch = { subscriber, queryId, entry, told };
    entry.watches.add(watch);
    subscriber.watches.set(queryId, watch);
    stats.subscriptions += 1;
    if (entry.state === 'current') {
      subscriber.changed.add(watch);
      return;
    }
    if (subscriber.stale === 0) subscriber.staleSinceMs = clock.now();
    subscriber.stale += 1;
    if (entry.state === 'stale') {
      subscriber.lane.add(entry);
      pumpSoon();
    }
  }

  function leave(watch: Watch): void {
    const { subscriber, entry, queryId } = watch;
    if (subscriber.watches.get(queryId) === watch) subscriber.watches.delete(queryId);
    subscriber.changed.delete(watch);
    entry.watches.delete(watch);
    stats.subscriptions -= 1;
    if (entry.state !== 'current') subscriber.stale -= 1;
    if (entry.watches.size > 0) return;
    for (const key of entry.keys) entries.delete(key);
    readIndex.remove(entry);
    broken.delete(entry);
    stats.queries -= 1;
  }

  return {
    stats: stats as Readonly<SubscriptionStats>,
    commit,
    /** @param onCurrent its queries are all current again; what has changed can be taken */
    open(onCurrent: () => void): Subscriber {
      const state: SubscriberState = {
        watches: new Map(),
        changed: new Set(),
        stale: 0,
        staleSinceMs: 0,
        lane: unprovenLane,
        onCurrent,
      };
      return {
        watch(queryId, query) {
          const before = state.watches.get(queryId);
          if (!before && stats.subscriptions >= maxSubscriptions) {
            stats.refused += 1;
            return false;
          }
          // Asked again on behalf of another identity: an equal answer is not told again.
          join(state, queryId, query, before?.told);
          if (before) leave(before);
          return true;
        },
        unwatch(queryId) {
          const watch = state.watches.get(queryId);
          if (watch) leave(watch);
          return watch !== undefined;
        },
        get size() {
          return state.watches.size;
        },
        get isCurrent() {
          return state.stale === 0;
        },
        takeChanges() {
          const changes: { queryId: number; answer: QueryAnswer }[] = [];
          for (const watch of state.changed) {
            const { queryId, entry, told } = watch;
            const { answer } = entry;
            if (!answer || told?.body === answer.body) continue;
            watch.told = answer;
            changes.push({ queryId, answer });
          }
          state.changed.clear();
          return changes;
        },
        proven() {
          state.lane = queue.openLane();
          for (const { entry } of state.watches.values()) if (entry.state === 'stale') state.lane.add(entry);
          pumpSoon();
        },
        close() {
          state.onCurrent = () => undefined;
          for (const watch of [...state.watches.values()]) leave(watch);
        },
      };
    },
  };
}

export type Subscriptions = ReturnType<typeof createSubscriptions>;

function keyOf({ path, args, callerKey }: WatchedQuery, journal: string | null): string {
  return `${path}\n${callerKey}\n${journal ?? ''}\n${canonicalJson(args)}`;
}
