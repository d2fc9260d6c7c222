/**
 * Several records of several devices in one call: a gateway with many devices tells the cloud in fewer calls, which is what a deployment is
 * paid by and what its concurrency limits.
 */
import { ConvexError, v } from 'convex/values';
import { api } from './_generated/api.js';
import { mutation } from './_generated/server.js';
import { requireRole } from './access.ts';
import { refusal } from './errors.ts';

/** Far below what one transaction may read and write. */
const MAX_CALLS = 100;

const BATCHED = {
  'announcements:report': api.announcements.report,
  'messages:record': api.messages.record,
  'reminders:record': api.reminders.record,
  'reports:add': api.reports.add,
  'sessions:record': api.sessions.record,
  'turns:record': api.turns.record,
} as const;
export type BatchedFunction = keyof typeof BATCHED;

const name = v.union(
  v.literal('announcements:report'),
  v.literal('messages:record'),
  v.literal('reminders:record'),
  v.literal('reports:add'),
  v.literal('sessions:record'),
  v.literal('turns:record'),
);

/**
 * Each call is a transaction of its own within this one: what it refuses (`refusal`: code and message) changes nothing, and the others go on. In
 * the order of the calls.
 */
export const run = mutation({
  args: { calls: v.array(v.object({ name, args: v.any() })) },
  returns: v.array(v.union(v.object({ value: v.any() }), v.object({ refusal: v.any() }))),
  handler: async (ctx, { calls }) => {
    await requireRole(ctx, 'batches:run');
    if (calls.length > MAX_CALLS) throw refusal('too_large', `A batch has up to ${MAX_CALLS} calls.`);
    const outcomes: ({ value: unknown } | { refusal: unknown })[] = [];
    for (const call of calls) {
      try {
        outcomes.push({ value: await ctx.runMutation(BATCHED[call.name], call.args) });
      } catch (error) {
        // Any other error is none of this call alone, or may not be told: the gateway sends each call by itself.
        if (!(error instanceof ConvexError)) throw error;
        outcomes.push({ refusal: error.data });
      }
    }
    return outcomes;
  },
});
