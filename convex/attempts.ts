/**
 * Rate limits with fixed windows. A mutation that throws is rolled back together with its count, so a function that counts
 * failures must return them.
 */
import type { MutationCtx } from './_generated/server.js';
import { ofTenant, type Tenant } from './lookup.ts';

export interface AttemptLimit {
  tenant: Tenant;
  /** What is limited, and for which device: `pair:kitchen`. */
  key: string;
  most: number;
  windowMs: number;
}

/** Counts one attempt. False: the window is full, and the attempt must be refused. */
export async function countAttempt(ctx: MutationCtx, { tenant, key, most, windowMs }: AttemptLimit): Promise<boolean> {
  const now = Date.now();
  const window = await ctx.db
    .query('attempts')
    .withIndex('by_tenant_and_key', (q) => q.eq('tenant', tenant).eq('key', key))
    .unique();
  if (!window) {
    await ctx.db.insert('attempts', { ...ofTenant(tenant), key, windowStartedAt: now, count: 1 });
    return true;
  }
  if (now - window.windowStartedAt >= windowMs) {
    await ctx.db.patch(window._id, { windowStartedAt: now, count: 1 });
    return true;
  }
  if (window.count >= most) return false;
  await ctx.db.patch(window._id, { count: window.count + 1 });
  return true;
}
