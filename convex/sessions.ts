/**
 * Sessions: when a device was connected.
 */
import { v } from 'convex/values';
import { mutation, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { recordedDevice } from './ensure-device.ts';
import { knownDevice, ofTenant } from './lookup.ts';
import { noteConnection, notePresence } from './presence.ts';

const MAX_LISTED = 200;

/** Called when a session opens and when it closes, with all data: so a session whose opening was missed is still complete. Idempotent. */
export const record = mutation({
  args: {
    device: v.string(),
    session: v.string(),
    openedAt: v.number(),
    model: v.optional(v.string()),
    software: v.optional(v.string()),
    closed: v.optional(v.object({ at: v.number(), code: v.number(), reason: v.string() })),
  },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'sessions:record');
    const device = await recordedDevice(ctx, { tenant, name: args.device }, args.openedAt);
    if (!device) return null;
    const { session, openedAt, model, software, closed } = args;
    const known = await ctx.db
      .query('sessions')
      .withIndex('by_device_and_session', (q) => q.eq('deviceId', device._id).eq('session', session))
      .unique();
    const ending = closed && { closedAt: closed.at, closeCode: closed.code, closeReason: closed.reason };
    if (known) await ctx.db.patch(known._id, { ...ending });
    else await ctx.db.insert('sessions', { ...ofTenant(tenant), session, deviceId: device._id, openedAt, ...ending });
    await notePresence(ctx, device, {
      lastSeenAt: closed?.at ?? openedAt,
      ...(model && { model }),
      ...(software && { software }),
    });
    await noteConnection(ctx, device, { session, openedAt, isOpen: !closed && known?.closedAt === undefined });
    return null;
  },
});

export const list = query({
  args: { device: v.string() },
  returns: v.array(
    v.object({
      session: v.string(),
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
