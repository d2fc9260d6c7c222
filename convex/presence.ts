/**
 * Presence: when a device was last connected, and what it runs. It changes with every report, so it has a table of its own: gateways
 * watch the rows of `devices` (token, settings) and `connections`, and those must not change when a device only reports.
 */
import { v } from 'convex/values';
import { internal } from './_generated/api.js';
import type { Doc, Id } from './_generated/dataModel.d.ts';
import { internalMutation, type MutationCtx, type QueryCtx } from './_generated/server.js';
import { ofTenant, type Tenant } from './lookup.ts';

/** Rows per transaction of the migration. */
const BATCH = 100;

export interface Presence {
  lastSeenAt: number;
  model?: string;
  software?: string;
}

export async function presenceOf(ctx: QueryCtx, device: Doc<'devices'>): Promise<Presence> {
  return presenceIn(await rowOf(ctx, device._id), device);
}

/** @param row null: it has none yet */
export function presenceIn(row: Doc<'presence'> | null, device: Doc<'devices'>): Presence {
  const { lastSeenAt = device._creationTime, model, software } = row ?? device;
  return { lastSeenAt, ...(model !== undefined && { model }), ...(software !== undefined && { software }) };
}

/** What is not given stays. A record that arrives late does not set the time back. */
export async function notePresence(ctx: MutationCtx, device: Doc<'devices'>, seen: Presence): Promise<void> {
  const known = await presenceOf(ctx, device);
  const lastSeenAt = Math.max(known.lastSeenAt, seen.lastSeenAt);
  const presence = { ...ofTenant(device.tenant), ...known, ...seen, lastSeenAt };
  const row = await rowOf(ctx, device._id);
  if (row) await ctx.db.patch(row._id, presence);
  else await ctx.db.insert('presence', { deviceId: device._id, ...presence });
}

/** Moves what earlier versions stored in `devices`. Runs after each deployment (crons.ts), page by page; a second run changes nothing. */
export const migrate = internalMutation({
  args: { cursor: v.union(v.string(), v.null()) },
  returns: v.number(),
  handler: async (ctx, { cursor }) => {
    const devices = await ctx.db.query('devices').paginate({ cursor, numItems: BATCH });
    const old = devices.page.filter(({ lastSeenAt }) => lastSeenAt !== undefined);
    for (const device of old) {
      await notePresence(ctx, device, { lastSeenAt: device.lastSeenAt ?? 0 });
      await ctx.db.patch(device._id, { lastSeenAt: undefined, model: undefined, software: undefined });
    }
    if (!devices.isDone) {
      await ctx.scheduler.runAfter(0, internal.presence.migrate, { cursor: devices.continueCursor });
    }
    return old.length;
  },
});

/** Of all devices of a tenant; those of other tenants written by versions without tenants in them are among those of `default`. */
export async function presencesOf(ctx: QueryCtx, tenant: Tenant, limit: number): Promise<Doc<'presence'>[]> {
  return await ctx.db
    .query('presence')
    .withIndex('by_tenant', (q) => q.eq('tenant', tenant))
    .take(limit);
}

async function rowOf(ctx: QueryCtx, deviceId: Id<'devices'>): Promise<Doc<'presence'> | null> {
  return await ctx.db
    .query('presence')
    .withIndex('by_device', (q) => q.eq('deviceId', deviceId))
    .unique();
}
