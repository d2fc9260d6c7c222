/**
 * Rows by the names that the world outside knows them by.
 */
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';

export async function deviceNamed(ctx: QueryCtx, name: string): Promise<Doc<'devices'> | null> {
  return await ctx.db
    .query('devices')
    .withIndex('by_name', (q) => q.eq('name', name))
    .unique();
}

export async function deviceByTokenHash(ctx: QueryCtx, tokenHash: string): Promise<Doc<'devices'> | null> {
  return await ctx.db
    .query('devices')
    .withIndex('by_tokenHash', (q) => q.eq('tokenHash', tokenHash))
    .unique();
}

export async function turnNamed(ctx: QueryCtx, turn: string): Promise<Doc<'turns'> | null> {
  return await ctx.db
    .query('turns')
    .withIndex('by_turn', (q) => q.eq('turn', turn))
    .unique();
}

export async function recordingOf(ctx: QueryCtx, turn: string): Promise<Doc<'recordings'> | null> {
  return await ctx.db
    .query('recordings')
    .withIndex('by_turn', (q) => q.eq('turn', turn))
    .unique();
}
