/**
 * Validators of arguments and of what is returned.
 */
import { type Value, v } from 'convex/values';
import { action, internalMutation, internalQuery, mutation, query } from './_generated/server.js';
import { everyValidator } from './schema.ts';

const every = { ...everyValidator, any: v.optional(v.any()) };

/** Says what it was given. */
export const echo = query({ args: every, returns: v.object(every), handler: async (_ctx, args) => args });
export const echoMutation = mutation({ args: every, returns: v.object(every), handler: async (_ctx, args) => args });
export const echoAction = action({ args: every, returns: v.object(every), handler: async (_ctx, args) => args });

export const needsX = query({ args: { x: v.string() }, handler: async (_ctx, { x }) => x });
export const withoutValidators = query({ handler: async (_ctx, args: Record<string, Value>) => args });

/** Returns another type than it says. */
export const wrongReturn = query({
  args: {},
  returns: v.object({ n: v.number() }),
  handler: async () => ({ n: 'no number' as unknown as number }),
});
/** Writes, and returns another type than it says. */
export const wrongReturnAfterWrite = mutation({
  args: {},
  returns: v.number(),
  handler: async (ctx) => (await ctx.db.insert('rows', { label: 'kept?' })) as unknown as number,
});

export const returnsNothing = query({ args: {}, handler: async () => undefined });
/** What is no value of Convex. */
export const returnsADate = query({ args: {}, handler: async () => new Date(0) as unknown as Value });
export const hidden = internalQuery({ args: {}, handler: async () => 'internal' });
export const hiddenMutation = internalMutation({ args: {}, handler: async () => 'internal' });
/** A query whose type says that it cannot write, and that tries. */
export const writesInAQuery = query({
  args: {},
  handler: async (ctx) =>
    await (ctx.db as unknown as { insert(t: string, v: object): Promise<string> }).insert('rows', {}),
});
export default query({ args: {}, handler: async () => 'the default' });
