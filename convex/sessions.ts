/**
 * Sessions: when a device was connected.
 */
import { v } from 'convex/values';
import { mutation, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { noteConnection, noteUsed } from './connections.ts';
import { recordedDevice } from './ensure-device.ts';
import { deviceNamed, knownDevice, ofTenant } from './lookup.ts';
import { notePresence } from './presence.ts';
import { muter, usedBefore } from './values.ts';

const MAX_LISTED = 200;
/** As in a hello. */
const MAX_FEATURES = 32;

/**
 * Called when a session opens and when it closes, with all data: so a session whose opening was missed is still complete. Also when its device is at
 * this gateway again after another had it, and when it is muted or not any more. Idempotent. `connectedAt`: when its device connected, on the cloud's clock, which the gateway estimates
 * from what this returns: the time. Without it (older gateways) the time on the gateway's clock counts.
 */
export const record = mutation({
  args: {
    device: v.string(),
    session: v.string(),
    gateway: v.optional(v.string()),
    openedAt: v.number(),
    connectedAt: v.optional(v.number()),
    group: v.optional(v.string()),
    features: v.optional(v.array(v.string())),
    mutedBy: v.optional(muter),
    model: v.optional(v.string()),
    software: v.optional(v.string()),
    closed: v.optional(v.object({ at: v.number(), code: v.number(), reason: v.string() })),
  },
  returns: v.number(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'sessions:record');
    const device = await recordedDevice(ctx, { tenant, name: args.device }, args.openedAt);
    const now = Date.now();
    if (!device) return now;
    const { session, gateway, openedAt, group, features, mutedBy, model, software, closed } = args;
    const known = await ctx.db
      .query('sessions')
      .withIndex('by_device_and_session', (q) => q.eq('deviceId', device._id).eq('session', session))
      .unique();
    const ending = closed && { closedAt: closed.at, closeCode: closed.code, closeReason: closed.reason };
    if (known) await ctx.db.patch(known._id, { ...ending });
    else {
      const opened = { session, deviceId: device._id, openedAt, ...(gateway !== undefined && { gateway }) };
      await ctx.db.insert('sessions', { ...ofTenant(tenant), ...opened, ...ending });
    }
    await notePresence(ctx, device, {
      lastSeenAt: closed?.at ?? openedAt,
      ...(model && { model }),
      ...(software && { software }),
    });
    const connectedAt = Math.min(args.connectedAt ?? openedAt, now);
    const isOpen = !closed && known?.closedAt === undefined;
    await noteConnection(ctx, device, {
      session,
      ...(gateway !== undefined && { gateway }),
      openedAt,
      connectedAt,
      isOpen,
      ...(group !== undefined && { group }),
      ...(features && { features: features.slice(0, MAX_FEATURES) }),
      ...(mutedBy && { mutedBy }),
    });
    return now;
  },
});

/** A device has left the gateway of this session; what it has used of its limits there goes with it. */
export const used = mutation({
  args: { device: v.string(), used: usedBefore },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'sessions:used');
    const device = await deviceNamed(ctx, { tenant, name: args.device });
    if (device) await noteUsed(ctx, device, { ...args.used, at: Math.min(args.used.at, Date.now()) });
    return null;
  },
});

/** The time, ms since 1970. A mutation, because the result of a query may be an earlier one. */
export const time = mutation({
  args: {},
  returns: v.number(),
  handler: async (ctx) => {
    await requireRole(ctx, 'sessions:time');
    return Date.now();
  },
});

export const list = query({
  args: { device: v.string() },
  returns: v.array(
    v.object({
      session: v.string(),
      gateway: v.optional(v.string()),
      openedAt: v.number(),
      closedAt: v.optional(v.number()),
      closeCode: v.optional(v.number()),
      closeReason: v.optional(v.string()),
    }),
  ),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'sessions:list');
    const device = await knownDevice(ctx, { tenant, name: args.device });
    const sessions = await ctx.db
      .query('sessions')
      .withIndex('by_device_and_openedAt', (q) => q.eq('deviceId', device._id))
      .order('desc')
      .take(MAX_LISTED);
    return sessions.map(({ _id, _creationTime, tenant, deviceId, ...session }) => session);
  },
});
