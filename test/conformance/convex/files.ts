/**
 * File storage.
 */
import { v } from 'convex/values';
import type { Id } from './_generated/dataModel.d.ts';
import { action, mutation, query } from './_generated/server.js';

const file = { id: v.id('_storage') };

export const uploadUrl = mutation({ args: {}, handler: async (ctx) => await ctx.storage.generateUploadUrl() });
export const url = query({ args: file, handler: async (ctx, { id }) => await ctx.storage.getUrl(id) });
/** `getUrl` of what may be no id at all. */
export const urlOfAny = query({
  args: { id: v.string() },
  handler: async (ctx, { id }) => await ctx.storage.getUrl(id as Id<'_storage'>),
});
export const metadata = query({ args: file, handler: async (ctx, { id }) => await ctx.db.system.get('_storage', id) });
export const remove = mutation({ args: file, handler: async (ctx, { id }) => await ctx.storage.delete(id) });
export const removeAndThrow = mutation({
  args: file,
  handler: async (ctx, { id }) => {
    await ctx.storage.delete(id);
    throw new Error('after deleting');
  },
});

export const store = action({
  args: { bytes: v.bytes(), type: v.optional(v.string()) },
  handler: async (ctx, { bytes, type }) =>
    await ctx.storage.store(new Blob([bytes], type === undefined ? {} : { type })),
});
export const read = action({
  args: file,
  handler: async (ctx, { id }) => {
    const blob = await ctx.storage.get(id);
    return blob && { type: blob.type, bytes: await blob.arrayBuffer() };
  },
});
