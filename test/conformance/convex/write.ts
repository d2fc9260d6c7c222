/**
 * Writes as data: the steps of a transaction, described by its arguments.
 */
import { ConvexError, type Infer, type Value, v } from 'convex/values';
import { internal } from './_generated/api.js';
import { internalMutation, type MutationCtx, mutation } from './_generated/server.js';
import { absentOr } from './read.ts';

const step = v.object({
  do: v.union(
    v.literal('insert'),
    v.literal('patch'),
    v.literal('replace'),
    v.literal('delete'),
    v.literal('throw'),
    v.literal('refuse'),
    v.literal('count'),
    /** The steps of `steps`, in a transaction within this one. */
    v.literal('nested'),
    /** The same; what it throws is caught. */
    v.literal('caught'),
    /** Each of `steps` in a transaction within this one, all at the same time. */
    v.literal('parallel'),
  ),
  table: v.optional(v.string()),
  /** Of a document; a number: what that step inserted. */
  id: v.optional(v.union(v.string(), v.number())),
  value: v.optional(v.any()),
  /** Fields that are set to undefined. */
  absent: v.optional(v.array(v.string())),
  steps: v.optional(v.array(v.any())),
});
type Step = Infer<typeof step>;
const args = { steps: v.array(step) };

async function carryOut(ctx: MutationCtx, steps: Step[]): Promise<Value[]> {
  const results: Value[] = [];
  for (const each of steps) results.push(((await one(ctx, each, results)) ?? null) as Value);
  return results;
}

async function one(ctx: MutationCtx, each: Step, results: Value[]): Promise<unknown> {
  const id = (typeof each.id === 'number' ? results[each.id] : each.id) as never;
  const absent = Object.fromEntries((each.absent ?? []).map((field) => [field, undefined]));
  const value = { ...each.value, ...absent } as never;
  const table = each.table as never;
  switch (each.do) {
    case 'insert':
      return await ctx.db.insert(table, value);
    case 'patch':
      return each.table === undefined ? await ctx.db.patch(id, value) : await ctx.db.patch(table, id, value);
    case 'replace':
      return each.table === undefined ? await ctx.db.replace(id, value) : await ctx.db.replace(table, id, value);
    case 'delete':
      return each.table === undefined ? await ctx.db.delete(id) : await ctx.db.delete(table, id);
    case 'throw':
      throw new Error(String(each.value));
    case 'refuse':
      throw new ConvexError(each.value as Value);
    case 'count':
      return (await ctx.db.query(table).collect()).length;
    case 'nested':
      return await ctx.runMutation(internal.write.nested, { steps: each.steps ?? [] });
    case 'caught':
      try {
        return await ctx.runMutation(internal.write.nested, { steps: each.steps ?? [] });
      } catch (error) {
        return error instanceof ConvexError ? (error.data as Value) : 'caught';
      }
    case 'parallel': {
      const all = (each.steps ?? []).map((inner) => ctx.runMutation(internal.write.nested, { steps: [inner] }));
      return (await Promise.allSettled(all)).map(({ status }) => status);
    }
  }
}

export const run = mutation({ args, handler: async (ctx, { steps }): Promise<Value[]> => await carryOut(ctx, steps) });

export const nested = internalMutation({
  args,
  handler: async (ctx, { steps }): Promise<Value[]> => await carryOut(ctx, steps),
});

/** A value that is no argument's: undefined, where there is nothing. */
export const insertKeys = mutation({
  args: { table: v.union(v.literal('values')), keys: v.array(v.any()) },
  handler: async (ctx, { table, keys }) => {
    for (const [i, key] of keys.entries()) {
      const value = absentOr(key);
      await ctx.db.insert(table, { ...(value !== undefined && { key: value }), label: String(i) });
    }
  },
});

export const increment = mutation({
  args: { name: v.string() },
  handler: async (ctx, { name }) => {
    const counter = await ctx.db
      .query('counters')
      .withIndex('by_name', (q) => q.eq('name', name))
      .unique();
    if (!counter) await ctx.db.insert('counters', { name, count: 1 });
    else await ctx.db.patch(counter._id, { count: counter.count + 1 });
    return (counter?.count ?? 0) + 1;
  },
});

const TABLES = ['values', 'rows', 'typed', 'counters', 'items', 'texts', 'marks'] as const;

/** Deletes all documents and files, and cancels what is scheduled. A batch at a time; false: there is more. */
export const clear = mutation({
  args: {},
  returns: v.boolean(),
  handler: async (ctx) => {
    const batch = 500;
    let deleted = 0;
    for (const table of TABLES) {
      for (const { _id } of await ctx.db.query(table).take(batch)) {
        await ctx.db.delete(_id);
        deleted += 1;
      }
    }
    for (const { _id } of await ctx.db.system.query('_storage').take(batch)) {
      await ctx.storage.delete(_id);
      deleted += 1;
    }
    for (const { _id, state } of await ctx.db.system.query('_scheduled_functions').take(batch)) {
      if (state.kind === 'pending') await ctx.scheduler.cancel(_id);
    }
    return deleted < batch;
  },
});
