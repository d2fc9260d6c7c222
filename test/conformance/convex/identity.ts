/**
 * Who calls.
 */
import { api } from './_generated/api.js';
import { action, mutation, query } from './_generated/server.js';

export const inQuery = query({ args: {}, handler: async (ctx) => await ctx.auth.getUserIdentity() });
export const inMutation = mutation({ args: {}, handler: async (ctx) => await ctx.auth.getUserIdentity() });
export const inAction = action({ args: {}, handler: async (ctx) => await ctx.auth.getUserIdentity() });
/** What a query of an action sees. */
export const throughAction = action({
  args: {},
  handler: async (ctx): Promise<unknown> => await ctx.runQuery(api.identity.inQuery, {}),
});
