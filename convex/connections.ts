/**
 * Connections: at which gateway a device is. Gateways share nothing but the cloud, so it decides which connection of a device is the
 * newest; the gateway of an older one sees that in the row, and ends its own.
 */
import { type Infer, v } from 'convex/values';
import type { Doc, Id } from './_generated/dataModel.d.ts';
import type { MutationCtx, QueryCtx } from './_generated/server.js';
import { ofTenant, type Tenant } from './lookup.ts';
import { control, muter, usedBefore } from './values.ts';

/** The newest connection of a device. */
export const newestConnection = v.object({
  session: v.string(),
  gateway: v.optional(v.string()),
  features: v.optional(v.array(v.string())),
  mutedBy: v.optional(muter),
  controls: v.optional(v.array(control)),
  used: v.optional(usedBefore),
});
export type NewestConnection = Infer<typeof newestConnection>;

interface ToldConnection {
  session: string;
  gateway?: string;
  openedAt: number;
  connectedAt: number;
  isOpen: boolean;
  group?: string;
  features?: string[];
  mutedBy?: Infer<typeof muter>;
}

/** As a field, if there is one. */
export async function newestConnectionOf(
  ctx: QueryCtx,
  device: Doc<'devices'>,
): Promise<{ connection?: NewestConnection }> {
  const row = await connectionOf(ctx, device._id);
  if (!row) return {};
  const { session, gateway, controls, used } = row;
  return {
    connection: {
      session,
      ...(gateway !== undefined && { gateway }),
      ...reportedIn(row),
      ...(controls && controls.length > 0 && { controls }),
      ...(used && { used }),
    },
  };
}

/** What the device tells of itself with a connection. */
export function reportedIn({ features, mutedBy }: Pick<Doc<'connections'>, 'features' | 'mutedBy'>) {
  return { ...(features && { features }), ...(mutedBy && { mutedBy }) };
}

/** A session was opened, continued on another connection, or closed. What is told late of an older connection does not count. */
export async function noteConnection(ctx: MutationCtx, device: Doc<'devices'>, told: ToldConnection): Promise<void> {
  const row = await connectionOf(ctx, device._id);
  const isSame = row?.session === told.session;
  if (row && !isSame && (!told.isOpen || told.connectedAt < row.connectedAt)) return;
  // The end of a session is no connection, and a session that has ended does not begin again.
  const connectedAt =
    isSame && !told.isOpen ? row.connectedAt : Math.max(told.connectedAt, isSame ? row.connectedAt : 0);
  const changed = { ...told, connectedAt };
  // What is not told any more is removed.
  const gone = {
    ...{ group: undefined, features: undefined, mutedBy: undefined },
    ...(!isSame && { heard: undefined, controls: undefined }),
  };
  if (row) await ctx.db.patch(row._id, { ...gone, ...changed });
  else await ctx.db.insert('connections', { ...ofTenant(device.tenant), deviceId: device._id, ...changed });
}

/** What a device has used of its limits where it was before. */
export async function noteUsed(
  ctx: MutationCtx,
  device: Doc<'devices'>,
  used: Infer<typeof usedBefore>,
): Promise<void> {
  const row = await connectionOf(ctx, device._id);
  if (row) await ctx.db.patch(row._id, { used });
}

/** Of all devices of a tenant. */
export async function connectionsOf(ctx: QueryCtx, tenant: Tenant, limit: number): Promise<Doc<'connections'>[]> {
  return await ctx.db
    .query('connections')
    .withIndex('by_tenant', (q) => q.eq('tenant', tenant))
    .take(limit);
}

/** The session that is open; null: none. @param row null: its connections are of a version that stored them elsewhere */
export async function openSessionIn(
  ctx: QueryCtx,
  {
    row,
    presence,
    device,
    living,
  }: {
    row: Doc<'connections'> | null;
    presence: Doc<'presence'> | null;
    device: Doc<'devices'>;
    /** Gateways: a session of another has ended. */
    living: ReadonlySet<string>;
  },
): Promise<{ session: string; openedAt: number } | null> {
  const isOpen = row?.isOpen && (row.gateway === undefined || living.has(row.gateway));
  if (row) return isOpen ? { session: row.session, openedAt: row.openedAt } : null;
  if (presence?.connection !== undefined) return presence.connection;
  const newest = await ctx.db
    .query('sessions')
    .withIndex('by_device_and_openedAt', (q) => q.eq('deviceId', device._id))
    .order('desc')
    .first();
  return newest && newest.closedAt === undefined ? { session: newest.session, openedAt: newest.openedAt } : null;
}

/** Of a group. */
export async function connectionsIn(
  ctx: QueryCtx,
  { tenant, group }: { tenant: Tenant; group: string },
  limit: number,
): Promise<Doc<'connections'>[]> {
  return await ctx.db
    .query('connections')
    .withIndex('by_tenant_and_group', (q) => q.eq('tenant', tenant).eq('group', group))
    .take(limit);
}

export async function connectionOf(ctx: QueryCtx, deviceId: Id<'devices'>): Promise<Doc<'connections'> | null> {
  return await ctx.db
    .query('connections')
    .withIndex('by_device', (q) => q.eq('deviceId', deviceId))
    .unique();
}
