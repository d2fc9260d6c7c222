/**
 * Sessions: when a device was connected.
 */
import { v } from 'convex/values';
import { mutation, query } from './_generated/server.js';
import { gatewayKey, requireGateway } from './access.ts';
import { ensureDevice } from './devices.ts';
import { refusal } from './errors.ts';
import { deviceNamed } from './lookup.ts';

const MAX_LISTED = 200;

/** Called when a session opens and when it closes, with all data: so a session whose opening was missed is still complete. Idempotent. */
export const record = mutation({
  args: {
    gatewayKey,
    device: v.string(),
    session: v.string(),
    openedAt: v.number(),
    model: v.optional(v.string()),
    software: v.optional(v.string()),
    closed: v.optional(v.object({ at: v.number(), code: v.number(), reason: v.string() })),
  },
  returns: v.null(),
  handler: async (ctx, args) => {
    await requireGateway(args.gatewayKey);
    const device = await ensureDevice(ctx, args.device);
    const { session, openedAt, model, software, closed } = args;
    const known = await ctx.db
      .query('sessions')
      .withIndex('by_session', (q) => q.eq('session', session))
      .unique();
    if (known && known.deviceId !== device._id) {
      throw refusal('other_device', 'This session belongs to another device.');
    }
    const ending = closed && { closedAt: closed.at, closeCode: closed.code, closeReason: closed.reason };
    if (known) await ctx.db.patch(known._id, { ...ending });
    else await ctx.db.insert('sessions', { session, deviceId: device._id, openedAt, ...ending });
    const lastSeenAt = Math.max(device.lastSeenAt, closed?.at ?? openedAt);
    await ctx.db.patch(device._id, { lastSeenAt, ...(model && { model }), ...(software && { software }) });
    return null;
  },
});

export const list = query({
  args: { gatewayKey, device: v.string() },
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
    await requireGateway(args.gatewayKey);
    const device = await deviceNamed(ctx, args.device);
    if (!device) throw refusal('device_unknown', `There is no device named ${args.device}.`);
    const sessions = await ctx.db
      .query('sessions')
      .withIndex('by_device_and_openedAt', (q) => q.eq('deviceId', device._id))
      .order('desc')
      .take(MAX_LISTED);
    return sessions.map(({ _id, _creationTime, deviceId, ...session }) => session);
  },
});
