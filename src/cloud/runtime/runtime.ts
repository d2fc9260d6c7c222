/**
 * Convex's function runtime of the embedded cloud: executes the functions of convex/ over its database, as a deployment does.
 */
import type { UserIdentity } from 'convex/server';
import type { JSONValue } from 'convex/values';
import type { ReadRange, TransactionUsage } from '../database/database.ts';

export type FunctionKind = 'query' | 'mutation' | 'action';

/** On whose behalf a function runs. */
export interface Caller {
  /** What `ctx.auth.getUserIdentity()` answers: the claims of a token that was verified. */
  identity: UserIdentity | null;
  /** With the admin key: internal functions, too. */
  isAdmin?: boolean;
  /** What `ctx.meta.getRequestMetadata()` answers; left out: a scheduled function, or unknown. */
  request?: { ip?: string; userAgent?: string; authToken?: string };
}

/** `text`: the result as JSON in Convex's format. `data`: of a ConvexError. */
export type Outcome = { ok: true; text: string } | { ok: false; message: string; data?: JSONValue };

/** What a query answered, and when that may change. */
export interface QueryResult {
  outcome: Outcome;
  reads: readonly ReadRange[];
  /** Where its pages ended: given to the next execution, its pages keep their limits. Null: it reads no pages. */
  journal: string | null;
  /** Of the last commit that it saw. */
  timestamp: bigint;
}

/** A client's number for a mutation that it may send again, because it did not hear the answer. */
export interface MutationRequest {
  /** Random, made by the client. */
  session: string;
  request: number;
}

/** What the calls of one function came to since the start: executions from outside, for those that watch, by crons and by the scheduler. */
export interface FunctionUsage extends TransactionUsage {
  calls: number;
}

export interface Runtime {
  /** By name (`module:function`); those that were not called are left out. */
  usage(): Record<string, FunctionUsage>;
  query(path: string, args: JSONValue, caller: Caller, journal?: string | null): Promise<QueryResult>;
  /**
   * @param request its outcome is stored in the mutation's own transaction and kept for some minutes: the same request (path, arguments and
   * identity, too) is not executed again, also after a crash, and gets the stored outcome. What failed has changed nothing and is executed again.
   */
  mutation(path: string, args: JSONValue, caller: Caller, request?: MutationRequest): Promise<Outcome>;
  action(path: string, args: JSONValue, caller: Caller): Promise<Outcome>;
  /** Of a public function (with the admin key, of any); undefined: there is none. */
  kindOf(path: string, caller: Caller): FunctionKind | undefined;
  /** An HTTP action of convex/http.ts; undefined: no route fits. */
  httpAction(request: Request, caller: Caller): Promise<Response> | undefined;
  /** Runs what is due: scheduled functions of before the start, and crons. Called once, when all else is ready. */
  start(): void;
  close(): void;
}
