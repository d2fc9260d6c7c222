/**
 * The tables of the runtime in the database, beside those of convex/schema.ts. Functions read `_scheduled_functions` by `ctx.db.system`;
 * the others are the runtime's own.
 */
import { defineTable } from 'convex/server';
import { v } from 'convex/values';

/** Those that functions can read, by `ctx.db.system`. */
export const VISIBLE_SYSTEM_TABLES: ReadonlySet<string> = new Set(['_storage', '_scheduled_functions']);

export const RUNTIME_TABLES = {
  /** As Convex shows it. */
  _scheduled_functions: defineTable({
    /** `folder/module.js:export` */
    name: v.string(),
    args: v.array(v.any()),
    scheduledTime: v.number(),
    completedTime: v.optional(v.number()),
    state: v.union(
      v.object({ kind: v.literal('pending') }),
      v.object({ kind: v.literal('inProgress') }),
      v.object({ kind: v.literal('success') }),
      v.object({ kind: v.literal('failed'), error: v.string() }),
      v.object({ kind: v.literal('canceled') }),
    ),
  })
    .index('by_state_and_scheduledTime', ['state.kind', 'scheduledTime'])
    .index('by_completedTime', ['completedTime']),

  /** When each cron runs next. */
  _cron_jobs: defineTable({
    name: v.string(),
    /** Function, arguments and schedule as JSON: one that changed starts anew. */
    definition: v.string(),
    nextTime: v.number(),
  }).index('by_name', ['name']),

  /** The outcomes of mutations that clients may send again (MutationRequest). */
  _session_requests: defineTable({
    session: v.string(),
    request: v.number(),
    /** SHA-256 of function, arguments and identity. */
    digest: v.string(),
    /** The result as JSON text. */
    result: v.string(),
  }).index('by_session_and_request', ['session', 'request']),
};
