/**
 * What is too large for Convex.
 */
import { type Value, v } from 'convex/values';
import { mutation, query } from './_generated/server.js';

const MIB = 1_024 * 1_024;

export const insertText = mutation({
  args: { characters: v.number() },
  handler: async (ctx, { characters }) => await ctx.db.insert('rows', { label: 'x'.repeat(characters) }),
});
export const insertFields = mutation({
  args: { fields: v.number() },
  handler: async (ctx, { fields }) =>
    await ctx.db.insert('rows', { nested: Object.fromEntries(Array.from({ length: fields }, (_, i) => [`f${i}`, i])) }),
});
export const insertElements = mutation({
  args: { elements: v.number() },
  handler: async (ctx, { elements }) =>
    await ctx.db.insert('rows', { nested: Array.from({ length: elements }, () => 0) }),
});
export const insertNested = mutation({
  args: { depth: v.number() },
  handler: async (ctx, { depth }) => {
    let nested: Value = 1;
    for (let i = 0; i < depth; i++) nested = [nested];
    return await ctx.db.insert('rows', { nested });
  },
});
export const insertNamed = mutation({
  args: { field: v.string() },
  handler: async (ctx, { field }) => await ctx.db.insert('rows', { nested: { [field]: 1 } }),
});
/** Documents of about a mebibyte each. */
export const insertMebibytes = mutation({
  args: { count: v.number() },
  handler: async (ctx, { count }) => {
    for (let i = 0; i < count; i++) await ctx.db.insert('rows', { label: 'x'.repeat(MIB - 1_000) });
  },
});
export const sizeOf = query({ args: { value: v.any() }, handler: async (_ctx, { value }) => String(value).length });
export const returnMebibytes = query({
  args: { count: v.number() },
  handler: async (_ctx, { count }) => 'x'.repeat(count * MIB),
});
