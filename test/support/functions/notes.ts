/** Functions for tests of the runtime: documents, pages, calls of other functions. */
import {
  internalMutationGeneric,
  internalQueryGeneric,
  makeFunctionReference,
  mutationGeneric,
  paginationOptsValidator,
  queryGeneric,
} from 'convex/server';
import { ConvexError, v } from 'convex/values';

const mutation = makeFunctionReference<'mutation'>;
const query = makeFunctionReference<'query'>;

export const list = queryGeneric({
  args: { room: v.optional(v.string()) },
  handler: async ({ db }, { room }) =>
    await db
      .query('notes')
      .withIndex('by_room', (q) => q.eq('room', room))
      .collect(),
});

export const get = queryGeneric({
  args: { id: v.id('notes') },
  handler: async ({ db }, { id }) => await db.get('notes', id),
});

export const page = queryGeneric({
  args: { paginationOpts: paginationOptsValidator },
  handler: async ({ db }, { paginationOpts }) => await db.query('notes').paginate(paginationOpts),
});

export const add = mutationGeneric({
  args: { text: v.string(), room: v.optional(v.string()) },
  returns: v.id('notes'),
  handler: async ({ db }, note) => await db.insert('notes', note),
});

export const addHidden = internalMutationGeneric({
  args: { text: v.string() },
  handler: async ({ db }, note) => await db.insert('notes', note),
});

export const change = mutationGeneric({
  args: { id: v.id('notes'), text: v.string() },
  handler: async ({ db }, { id, text }) => await db.patch('notes', id, { text }),
});

export const remove = mutationGeneric({
  args: { id: v.id('notes') },
  handler: async ({ db }, { id }) => await db.delete('notes', id),
});

export const count = internalQueryGeneric({
  args: {},
  handler: async ({ db }) => (await db.query('notes').collect()).length,
});

/** Writes a note, and fails. */
export const addAndRefuse = mutationGeneric({
  args: { text: v.string() },
  handler: async ({ db }, note) => {
    await db.insert('notes', note);
    throw new ConvexError({ code: 'refused', text: note.text });
  },
});

/** While a mutation that was called runs. */
async function laterInTurn(): Promise<void> {
  for (let i = 0; i < 4; i++) await null;
}

/** Writes notes around calls, at once, of which some fail. */
export const addAround = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const outcomes = await Promise.all([
      ctx.db.insert('notes', { text: 'before' }).then(() => 'written'),
      ctx.runMutation(mutation('notes:addAndRefuse'), { text: 'undone' }).catch((error) => error.data.code),
      ctx.db.insert('notes', { text: 'beside' }).then(() => 'written'),
      laterInTurn().then(async () => {
        await ctx.db.insert('notes', { text: 'meanwhile' });
        return 'written';
      }),
      ctx.runMutation(mutation('notes:addHidden'), { text: 'nested' }).then(() => 'written'),
      ctx.runMutation(mutation('notes:addAndRefuse'), { text: 'undone, too' }).catch((error) => error.data.code),
    ]);
    return { outcomes, count: await ctx.runQuery(query('notes:count')) };
  },
});

export const wrongResult = queryGeneric({
  args: {},
  returns: v.number(),
  handler: async () => 'a text' as unknown as number,
});

export const fail = queryGeneric({
  args: {},
  handler: async () => {
    throw new Error('it does not work');
  },
});

export const twoPages = queryGeneric({
  args: {},
  handler: async ({ db }) => {
    await db.query('notes').paginate({ numItems: 1, cursor: null });
    await db.query('notes').paginate({ numItems: 1, cursor: null });
  },
});
/** Each in a function of its own. */
export const pagesOfOthers = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const paginationOpts = { numItems: 1, cursor: null };
    await ctx.runQuery(query('notes:page'), { paginationOpts });
    return (await ctx.runQuery(query('notes:page'), { paginationOpts })).isDone;
  },
});
/** Stops in the middle, and reads two queries at once. */
export const stops = queryGeneric({
  args: {},
  handler: async ({ db }) => {
    const texts: string[] = [];
    for await (const { text } of db.query('notes')) {
      texts.push(text);
      break;
    }
    for await (const { text } of db.query('notes')) {
      texts.push(text);
      for await (const inner of db.query('notes').order('desc')) texts.push(inner.text);
    }
    return texts;
  },
});
