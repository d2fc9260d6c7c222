/**
 * The queries of one client, by the numbers that it gives them, asked on behalf of whoever it is now.
 */
import type { JSONValue } from 'convex/values';
import type { ClientIdentity } from './authenticate.ts';
import type { Subscriber } from './subscriptions.ts';

export interface AskedQuery {
  path: string;
  args: JSONValue;
  journal: string | null;
}

/** `too-many`: of this client. `full`: of all clients. */
export type Refusal = 'duplicate' | 'too-many' | 'full';

export interface QuerySet {
  /** Undefined: it is watched. */
  add(queryId: number, query: AskedQuery): Refusal | undefined;
  /** False: there is none. */
  remove(queryId: number): boolean;
  /** Asks all of them again, unless it is the same identity with another token. Undefined: they are watched. */
  become(client: ClientIdentity): Refusal | undefined;
}

/** @param maxQueries Infinity: no limit */
export function createQuerySet(subscriber: Subscriber, maxQueries: number, first: ClientIdentity): QuerySet {
  const queries = new Map<number, AskedQuery>();
  let client = first;

  function watch(queryId: number, query: AskedQuery): Refusal | undefined {
    const { caller, key: callerKey } = client;
    return subscriber.watch(queryId, { ...query, caller, callerKey }) ? undefined : 'full';
  }

  return {
    add(queryId, query) {
      if (queries.has(queryId)) return 'duplicate';
      if (queries.size >= maxQueries) return 'too-many';
      queries.set(queryId, query);
      return watch(queryId, query);
    },
    remove: (queryId) => queries.delete(queryId) && subscriber.unwatch(queryId),
    become(next) {
      const isOther = next.key !== client.key;
      client = next;
      if (!isOther) return undefined;
      for (const [queryId, query] of queries) {
        const refusal = watch(queryId, query);
        if (refusal) return refusal;
      }
      return undefined;
    },
  };
}
