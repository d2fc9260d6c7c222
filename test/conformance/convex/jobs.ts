/**
 * Scheduled functions and crons.
 */
import { ConvexError, v } from 'convex/values';
import { internal } from './_generated/api.js';
import type { Id } from './_generated/dataModel.d.ts';
import { action, internalAction, internalMutation, type MutationCtx, mutation, query } from './_generated/server.js';

const label = { label: v.string() };

async function addMark(ctx: MutationCtx, label: string): Promise<void> {
  const identity = await ctx.auth.getUserIdentity();
  const known = await ctx.db
    .query('marks')
    .withIndex('by_label', (q) => q.eq('label', label))
    .unique();
  if (known) await ctx.db.patch(known._id, { count: known.count + 1 });
  else await ctx.db.insert('marks', { label, count: 1, identity });
}

export const mark = internalMutation({ args: label, handler: async (ctx, { label }) => await addMark(ctx, label) });

export const markByAction = internalAction({
  args: label,
  handler: async (ctx, args): Promise<null> => {
    await ctx.runMutation(internal.jobs.mark, args);
    return null;
  },
});

/** Marks itself, and so often schedules itself again. */
export const chain = internalMutation({
  args: { ...label, rest: v.number() },
  handler: async (ctx, { label, rest }) => {
    await addMark(ctx, label);
    if (rest > 0) await ctx.scheduler.runAfter(0, internal.jobs.chain, { label, rest: rest - 1 });
  },
});

export const fails = internalMutation({
  args: label,
  handler: async (ctx, { label }) => {
    await addMark(ctx, label);
    throw new ConvexError('it fails');
  },
});

const target = v.union(v.literal('mark'), v.literal('markByAction'), v.literal('fails'));

export const runAfter = mutation({
  args: { ...label, delayMs: v.number(), target: v.optional(target) },
  handler: async (ctx, { label, delayMs, target = 'mark' }): Promise<string> =>
    await ctx.scheduler.runAfter(delayMs, internal.jobs[target], { label }),
});
export const runAt = mutation({
  args: { ...label, atMs: v.number() },
  handler: async (ctx, { label, atMs }): Promise<string> =>
    await ctx.scheduler.runAt(atMs, internal.jobs.mark, { label }),
});
export const runChain = mutation({
  args: { ...label, rest: v.number() },
  handler: async (ctx, args): Promise<string> => await ctx.scheduler.runAfter(0, internal.jobs.chain, args),
});
export const runAfterFromAction = action({
  args: label,
  handler: async (ctx, args): Promise<string> => await ctx.scheduler.runAfter(0, internal.jobs.mark, args),
});
/** Schedules, and throws: nothing is scheduled. */
export const scheduleAndThrow = mutation({
  args: label,
  handler: async (ctx, args) => {
    await ctx.scheduler.runAfter(0, internal.jobs.mark, args);
    throw new ConvexError('after scheduling');
  },
});

export const cancel = mutation({
  args: { id: v.string() },
  handler: async (ctx, { id }) => await ctx.scheduler.cancel(id as Id<'_scheduled_functions'>),
});

export const countOf = query({
  args: label,
  handler: async (ctx, { label }) => {
    const found = await ctx.db
      .query('marks')
      .withIndex('by_label', (q) => q.eq('label', label))
      .unique();
    return found?.count ?? 0;
  },
});
