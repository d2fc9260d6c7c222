/**
 * What all devices of a tenant together may use, at all of its gateways. The operator sets it; each gateway tells what is wanted of it, is told what is
 * wanted of the others, and takes its share (actors/session/tenant-quota.ts).
 */
import { type Infer, v } from 'convex/values';
import { mutation, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { refusal } from './errors.ts';
import { ofTenant } from './lookup.ts';

/** Whoever has told nothing for so long wants nothing any more. */
const WANTED_FOR_MS = 90_000;
const MAX_GATEWAYS = 1_000;

/** Connections at the same time; turns, seconds of speech and bytes of it a minute. What is left out is limited by the gateways' own limits. */
const quota = v.object({
  connections: v.optional(v.number()),
  turns: v.optional(v.number()),
  speechSeconds: v.optional(v.number()),
  bytes: v.optional(v.number()),
});
const demand = v.object({
  connections: v.number(),
  turns: v.number(),
  speechSeconds: v.number(),
  /** Missing from older gateways. */
  bytes: v.optional(v.number()),
});
export type CloudDemand = Infer<typeof demand>;

export type CloudQuota = Infer<typeof quota>;

/** Replaces the quota; gateways know it at once. */
export const set = mutation({
  args: { quota },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'quotas:set');
    const wrong = Object.entries(args.quota).find(([, value]) => !(value > 0 && Number.isFinite(value)));
    if (wrong) throw refusal('value_invalid', `The quota of ${wrong[0]} must be a number above 0.`);
    const known = await ctx.db
      .query('quotas')
      .withIndex('by_tenant', (q) => q.eq('tenant', tenant))
      .unique();
    const row = { ...ofTenant(tenant), ...args.quota };
    if (known) await ctx.db.replace(known._id, row);
    else await ctx.db.insert('quotas', row);
    return null;
  },
});

export const get = query({
  args: {},
  returns: quota,
  handler: async (ctx) => {
    const { tenant } = await requireRole(ctx, 'quotas:get');
    const row = await ctx.db
      .query('quotas')
      .withIndex('by_tenant', (q) => q.eq('tenant', tenant))
      .unique();
    const { connections, turns, speechSeconds, bytes } = row ?? {};
    return {
      ...(connections !== undefined && { connections }),
      ...(turns !== undefined && { turns }),
      ...(speechSeconds !== undefined && { speechSeconds }),
      ...(bytes !== undefined && { bytes }),
    };
  },
});

/** What is wanted of a gateway, granted or not. Returns what is wanted of the tenant's others. */
export const report = mutation({
  args: { gateway: v.string(), wanted: demand },
  returns: v.array(demand),
  handler: async (ctx, { gateway, wanted }) => {
    const { tenant } = await requireRole(ctx, 'quotas:report');
    const now = Date.now();
    const rows = await ctx.db
      .query('demands')
      .withIndex('by_tenant', (q) => q.eq('tenant', tenant))
      .take(MAX_GATEWAYS);
    const own = rows.find((row) => row.gateway === gateway);
    if (own) await ctx.db.patch(own._id, { ...wanted, at: now });
    else await ctx.db.insert('demands', { ...ofTenant(tenant), gateway, ...wanted, at: now });
    const others = rows.filter((row) => row !== own);
    for (const row of others) if (row.at < now - WANTED_FOR_MS) await ctx.db.delete(row._id);
    return others
      .filter(({ at }) => at >= now - WANTED_FOR_MS)
      .map(({ connections, turns, speechSeconds, bytes = 0 }) => ({ connections, turns, speechSeconds, bytes }));
  },
});
