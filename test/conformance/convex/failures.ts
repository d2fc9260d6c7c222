/**
 * Functions that throw, each in its way.
 */
import { ConvexError, v } from 'convex/values';
import { api } from './_generated/api.js';
import { action, mutation, query } from './_generated/server.js';

const data = { data: v.any() };
const message = { message: v.string() };

export const refuseQuery = query({
  args: data,
  handler: async (_ctx, { data }) => {
    throw new ConvexError(data);
  },
});
export const refuseMutation = mutation({
  args: data,
  handler: async (_ctx, { data }) => {
    throw new ConvexError(data);
  },
});
export const refuseAction = action({
  args: data,
  handler: async (_ctx, { data }) => {
    throw new ConvexError(data);
  },
});
export const throwQuery = query({
  args: message,
  handler: async (_ctx, { message }) => {
    throw new Error(message);
  },
});
export const throwMutation = mutation({
  args: message,
  handler: async (_ctx, { message }) => {
    throw new Error(message);
  },
});
export const throwAction = action({
  args: message,
  handler: async (_ctx, { message }) => {
    throw new Error(message);
  },
});
export const throwText = query({
  args: message,
  handler: async (_ctx, { message }) => {
    throw message;
  },
});

/** What an action sees of what its mutation threw. */
export const dataThroughAction = action({
  args: data,
  handler: async (ctx, args): Promise<unknown> => {
    try {
      await ctx.runMutation(api.failures.refuseMutation, args);
    } catch (error) {
      return error instanceof ConvexError ? error.data : 'no ConvexError';
    }
    return 'nothing was thrown';
  },
});
