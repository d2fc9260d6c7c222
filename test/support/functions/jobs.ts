/** Functions for tests of the scheduler. */
import {
  actionGeneric,
  internalMutationGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from 'convex/server';
import { v } from 'convex/values';

const action = makeFunctionReference<'action'>;
const mutation = makeFunctionReference<'mutation'>;
const id = v.id('_scheduled_functions');

export const later = mutationGeneric({
  args: { delayMs: v.number(), name: v.string() },
  returns: id,
  handler: async (ctx, { delayMs, name }) => await ctx.scheduler.runAfter(delayMs, mutation('runs:tick'), { name }),
});
export const laterAction = mutationGeneric({
  args: { name: v.string() },
  handler: async (ctx, args) => await ctx.scheduler.runAfter(0, action('runs:gated'), args),
});
export const laterFailing = mutationGeneric({
  args: {},
  handler: async (ctx) => await ctx.scheduler.runAfter(0, mutation('notes:addAndRefuse'), { text: 'undone' }),
});
export const fromAction = actionGeneric({
  args: {},
  handler: async (ctx) => await ctx.scheduler.runAfter(0, mutation('runs:tick'), { name: 'from an action' }),
});
/** Schedules, and fails. */
export const refused = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.scheduler.runAfter(0, mutation('runs:tick'), { name: 'never' });
    throw new Error('refused');
  },
});
export const many = mutationGeneric({
  args: { count: v.number() },
  handler: async (ctx, { count }) => {
    for (let i = 0; i < count; i++) await ctx.scheduler.runAfter(0, mutation('runs:tick'), { name: `${i}` });
  },
});
export const bad = mutationGeneric({
  args: { how: v.string() },
  handler: async (ctx, { how }) => {
    if (how === 'a query') await ctx.scheduler.runAfter(0, mutation('notes:list'), {});
    if (how === 'nothing') await ctx.scheduler.runAfter(0, mutation('notes:nothing'), {});
    if (how === 'in six years') await ctx.scheduler.runAfter(6 * 366 * 86_400_000, mutation('runs:tick'), { name: '' });
  },
});
export const cancel = mutationGeneric({
  args: { id },
  handler: async (ctx, args) => await ctx.scheduler.cancel(args.id),
});
/** Schedules a function, and before it one that cancels it, for the same time. */
export const canceledInTime = mutationGeneric({
  args: { kind: v.union(v.literal('mutation'), v.literal('action')) },
  handler: async (ctx, { kind }) => {
    const atMs = Date.now();
    const canceled =
      kind === 'mutation'
        ? await ctx.scheduler.runAt(atMs + 1, mutation('runs:tick'), { name: 'canceled' })
        : await ctx.scheduler.runAt(atMs + 1, action('runs:gated'), { name: 'canceled' });
    await ctx.scheduler.runAt(atMs, mutation('jobs:cancel'), { id: canceled });
  },
});
export const states = queryGeneric({
  args: {},
  handler: async ({ db }) =>
    (await db.system.query('_scheduled_functions').collect()).map(({ name, state }) => [name, state.kind]),
});
export const get = queryGeneric({
  args: { id },
  handler: async ({ db }, args) => await db.system.get('_scheduled_functions', args.id),
});

/** Sees itself, and who calls. */
export const inside = internalMutationGeneric({
  args: {},
  handler: async (ctx) => {
    const [row] = await ctx.db.system.query('_scheduled_functions').collect();
    const identity = await ctx.auth.getUserIdentity();
    const { scheduledFunctionId } = await ctx.meta.getRequestMetadata();
    const text = JSON.stringify([row?.state.kind, identity, scheduledFunctionId === row?._id]);
    await ctx.db.insert('notes', { text });
  },
});
export const laterInside = mutationGeneric({
  args: {},
  handler: async (ctx) => await ctx.scheduler.runAfter(0, mutation('jobs:inside')),
});

/** More than one transaction may write. */
export const tooMuch = internalMutationGeneric({
  args: {},
  handler: async ({ db }) => {
    for (let i = 0; i < 16_001; i++) await db.insert('notes', { text: '' });
  },
});
export const loud = internalMutationGeneric({
  args: {},
  handler: async () => {
    throw new Error('x'.repeat(2_000_000));
  },
});
export const laterBad = mutationGeneric({
  args: { name: v.union(v.literal('tooMuch'), v.literal('loud')) },
  returns: id,
  handler: async (ctx, { name }) => await ctx.scheduler.runAfter(0, mutation(`jobs:${name}`)),
});

/** Mutations and actions, one after the other. */
export const laterAll = mutationGeneric({
  args: { from: v.number(), to: v.number() },
  handler: async (ctx, { from, to }) => {
    for (let i = from; i < to; i++) {
      if (i % 4 === 0) await ctx.scheduler.runAfter(0, action('runs:addInAction'), { text: `action ${i}` });
      else await ctx.scheduler.runAfter(0, mutation('notes:addHidden'), { text: `mutation ${i}` });
    }
  },
});
export const all = queryGeneric({
  args: {},
  handler: async ({ db }) =>
    (await db.system.query('_scheduled_functions').collect()).map(({ args, state }) => ({ text: args[0].text, state })),
});

export const cancelsItself = internalMutationGeneric({
  args: {},
  handler: async (ctx) => {
    const { scheduledFunctionId } = await ctx.meta.getRequestMetadata();
    await ctx.scheduler.cancel(scheduledFunctionId as never);
  },
});
export const laterCancelsItself = mutationGeneric({
  args: {},
  returns: id,
  handler: async (ctx) => await ctx.scheduler.runAfter(0, mutation('jobs:cancelsItself')),
});
/** A mebibyte of arguments for each. */
export const long = mutationGeneric({
  args: { count: v.number() },
  handler: async (ctx, { count }) => {
    const name = 'x'.repeat(1_024 * 1_024 - 4_096);
    for (let i = 0; i < count; i++) await ctx.scheduler.runAfter(0, mutation('runs:tick'), { name });
  },
});
/** Writes a note, and schedules itself until there are as many. */
export const chain = mutationGeneric({
  args: { count: v.number() },
  handler: async (ctx, { count }) => {
    await ctx.db.insert('notes', { text: `chain ${count}` });
    if (count > 1) await ctx.scheduler.runAfter(0, mutation('jobs:chain'), { count: count - 1 });
  },
});
