/**
 * Gateways: which of them live. A gateway that was killed records no end of its sessions: its devices are offline when its lease has expired.
 */
import { v } from 'convex/values';
import { GATEWAY_LEASE_MS } from '../src/protocol/bounds.ts';
import { FUNCTIONS_VERSION } from '../src/protocol/functions-version.ts';
import { mutation, type QueryCtx } from './_generated/server.js';
import { requireRole } from './access.ts';
import { ofTenant, type Tenant } from './lookup.ts';

/** Per call; the next one ends the others. */
const MAX_ENDED = 10;
const MAX_GATEWAYS = 1_000;

/**
 * A gateway lives, with all its devices. It ends the leases of those that did not call in time: as long as somebody can look, one of them calls. Returns
 * the version of these functions, which the gateway compares with its own.
 */
export const renew = mutation({
  args: { gateway: v.string() },
  returns: v.number(),
  handler: async (ctx, { gateway }) => {
    const { tenant } = await requireRole(ctx, 'gateways:renew');
    const until = Date.now() + GATEWAY_LEASE_MS;
    const lease = await ctx.db
      .query('leases')
      .withIndex('by_tenant_and_gateway', (q) => q.eq('tenant', tenant).eq('gateway', gateway))
      .unique();
    if (lease) await ctx.db.patch(lease._id, { until });
    else {
      const gatewayId = await ctx.db.insert('gateways', { ...ofTenant(tenant), gateway });
      await ctx.db.insert('leases', { ...ofTenant(tenant), gateway, gatewayId, until });
    }
    const expired = await ctx.db
      .query('leases')
      .withIndex('by_tenant_and_until', (q) => q.eq('tenant', tenant).lt('until', Date.now()))
      .take(MAX_ENDED);
    for (const { _id, gatewayId } of expired) {
      await ctx.db.delete(gatewayId);
      await ctx.db.delete(_id);
    }
    return FUNCTIONS_VERSION;
  },
});

/** The ids of those that live. */
export async function livingGateways(ctx: QueryCtx, tenant: Tenant): Promise<ReadonlySet<string>> {
  const rows = await ctx.db
    .query('gateways')
    .withIndex('by_tenant', (q) => q.eq('tenant', tenant))
    .take(MAX_GATEWAYS);
  return new Set(rows.map(({ gateway }) => gateway));
}
