/** Functions for tests of the runtime: time, network, limits, and functions that hang. */
import { setTimeout as wait } from 'node:timers/promises';
import {
  actionGeneric,
  internalActionGeneric,
  internalMutationGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from 'convex/server';
import { v } from 'convex/values';

const action = makeFunctionReference<'action'>;
const mutation = makeFunctionReference<'mutation'>;
const query = makeFunctionReference<'query'>;
const never = () => new Promise<never>(() => {});

/** Actions that wait here until the test lets them go. */
export const gates: { entered: (name: string) => void; leave: (name: string) => Promise<void> } = {
  entered: () => {},
  leave: async () => {},
};

export const now = queryGeneric({
  handler: async ({ db }) => {
    const first = Date.now();
    await db.query('notes').collect();
    await gates.leave('query');
    return { first, second: Date.now(), written: new Date().toISOString(), dates: new Date() instanceof Date };
  },
});

export const nowInAction = actionGeneric({
  handler: async (ctx) => {
    gates.entered('now');
    const first = Date.now();
    await gates.leave('now');
    return { first, second: Date.now(), query: (await ctx.runQuery(query('runs:now'))).first };
  },
});

export const fetching = queryGeneric({ handler: async () => await fetch('http://127.0.0.1:9/').then(() => 'fetched') });
export const waiting = mutationGeneric({
  handler: async () => await new Promise((resolve) => setTimeout(resolve, 1)),
});
export const waitingInAction = actionGeneric({
  handler: async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await wait(1);
    return 'waited';
  },
});

export const hangingQuery = queryGeneric({ handler: never });
/** Writes, hangs, and goes on later, when nobody waits any more. */
export const hangingMutation = mutationGeneric({
  handler: async ({ db }) => {
    await db.insert('notes', { text: 'undone' });
    gates.entered('hanging');
    await gates.leave('hanging');
    await db.insert('notes', { text: 'too late' });
  },
});
export const hangingInside = mutationGeneric({
  handler: async (ctx) => {
    await ctx.db.insert('notes', { text: 'undone' });
    await ctx.runMutation(mutation('runs:hangingMutation'));
  },
});
export const hangingAction = actionGeneric({ handler: never });

/** Ends while what it called still runs. */
export const careless = mutationGeneric({
  handler: async (ctx) => {
    void ctx.runMutation(mutation('notes:addHidden'), { text: 'not waited for' });
    void ctx.db.insert('notes', { text: 'not waited for, either' });
    return 'done';
  },
});

export const endless = queryGeneric({
  handler: async (ctx): Promise<unknown> => await ctx.runQuery(query('runs:endless')),
});

export const echo = queryGeneric({ handler: async (_ctx, { value }) => value });
export const many = queryGeneric({
  args: { count: v.number() },
  handler: async (_ctx, { count }) => Array.from({ length: count }, (_, i) => i),
});
export const long = queryGeneric({
  args: { mib: v.number() },
  handler: async (_ctx, { mib }) => Array.from({ length: mib }, () => 'x'.repeat(1_024 * 1_024)),
});

export const who = queryGeneric({ handler: async (ctx) => (await ctx.auth.getUserIdentity())?.subject ?? null });
export const whoInside = actionGeneric({
  handler: async (ctx) => [await ctx.runQuery(query('runs:who')), (await ctx.auth.getUserIdentity())?.subject ?? null],
});

export const logs = queryGeneric({
  handler: async () => {
    // biome-ignore lint/suspicious/noConsole: it is tested
    console.warn('a %s of', 'line', { function: 1 });
  },
});

/** Waits at the gate of its name. */
export const gated = internalActionGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }) => {
    gates.entered(name);
    await gates.leave(name);
    await ctx.runMutation(mutation('notes:addHidden'), { text: name });
    await ctx.scheduler.runAfter(0, mutation('notes:addHidden'), { text: `after ${name}` });
  },
});
export const gatedPublic = actionGeneric({
  args: { name: v.string() },
  handler: async (_ctx, { name }) => {
    gates.entered(name);
    await gates.leave(name);
  },
});
export const tick = internalMutationGeneric({
  args: { name: v.string() },
  handler: async ({ db }, { name }) => await db.insert('notes', { text: `${name} at ${Date.now()}` }),
});

export const commitTimestamp = mutationGeneric({
  handler: async ({ db }) => await db.insert('notes', { text: db.vars.commitTs as unknown as string }),
});

/** Leaves a promise and a timer behind, both of which fail. */
export const failsLater = actionGeneric({
  handler: async () => {
    void Promise.reject(new Error('nobody waits'));
    setTimeout(() => {
      throw new Error('too late');
    });
    return 'done';
  },
});

const hex = (bytes: ArrayBuffer) => Buffer.from(bytes).toString('hex');
/** Passes a gate before and after: nothing else runs in between. */
export const digests = queryGeneric({
  args: { text: v.string() },
  handler: async (_ctx, { text }) => {
    const bytes = new TextEncoder().encode(text);
    const digest = (algorithm: string | { name: string }, data: ArrayBuffer | Uint8Array<ArrayBuffer> = bytes) =>
      crypto.subtle.digest(algorithm, data).then(hex);
    const all = [
      digest('SHA-256'),
      digest({ name: 'sha-1' }),
      digest('SHA-384', bytes.buffer),
      digest('SHA-512', bytes.subarray(1)),
    ];
    gates.entered('before');
    const result = await Promise.all(all);
    gates.entered('after');
    return [...result, await digest('MD5').catch((error) => error.name)];
  },
});
export const addInAction = actionGeneric({
  args: { text: v.string() },
  handler: async (ctx, note) => await ctx.runMutation(mutation('notes:add'), note),
});

/** Calls another action. */
export const outer = actionGeneric({
  handler: async (ctx): Promise<string> => await ctx.runAction(action('runs:waitingInAction')),
});
