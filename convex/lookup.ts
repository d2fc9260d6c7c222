/**
 * Finds rows by their public names.
 */
import type { Doc, Id } from './_generated/dataModel.d.ts';
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

/** A turn's id is unique only within its device: another device may have used the same. */
export interface TurnName {
  deviceId: Id<'devices'>;
  turn: string;
}

export async function turnNamed(ctx: QueryCtx, { deviceId, turn }: TurnName): Promise<Doc<'turns'> | null> {
  return await ctx.db
    .query('turns')
    .withIndex('by_device_and_turn', (q) => q.eq('deviceId', deviceId).eq('turn', turn))
    .unique();
}

export async function recordingOf(ctx: QueryCtx, { deviceId, turn }: TurnName): Promise<Doc<'recordings'> | null> {
  const recordingBy = async (device: Id<'devices'> | undefined) =>
    await ctx.db
      .query('recordings')
      .withIndex('by_device_and_turn', (q) => q.eq('deviceId', device).eq('turn', turn))
      .unique();
  const own = await recordingBy(deviceId);
  if (own) return own;
  // A recording without a device belongs to the device that used the id first.
  const first = await ctx.db
    .query('turns')
    .withIndex('by_turn', (q) => q.eq('turn', turn))
    .first();
  return first?.deviceId === deviceId ? await recordingBy(undefined) : null;
}

export async function replyNamed(ctx: QueryCtx, key: string): Promise<Doc<'replies'> | null> {
  return await ctx.db
    .query('replies')
    .withIndex('by_key', (q) => q.eq('key', key))
    .unique();
}
