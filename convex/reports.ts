/**
 * Reports: the metrics that a device sends about itself (CPU, memory, queues).
 */
import { v } from 'convex/values';
import { FIGURE_NAME, MAX_FIGURES } from '../src/protocol/bounds.ts';
import { mutation, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { recordedDevice } from './ensure-device.ts';
import { refusal } from './errors.ts';
import { knownDevice, ofTenant } from './lookup.ts';
import { notePresence } from './presence.ts';
import { figures } from './values.ts';

const MAX_LISTED = 500;

/** Idempotent: a device has one report per point in time. */
export const add = mutation({
  args: { device: v.string(), at: v.number(), figures },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'reports:add');
    if (Object.keys(args.figures).length > MAX_FIGURES) {
      throw refusal('too_large', `A report has up to ${MAX_FIGURES} figures.`);
    }
    const wrong = Object.keys(args.figures).find((name) => !FIGURE_NAME.test(name));
    if (wrong !== undefined) throw refusal('value_invalid', `A figure cannot be named ${wrong}.`);
    const device = await recordedDevice(ctx, { tenant, name: args.device }, args.at);
    if (!device) return null;
    const { _id: deviceId } = device;
    const known = await ctx.db
      .query('reports')
      .withIndex('by_device_and_at', (q) => q.eq('deviceId', deviceId).eq('at', args.at))
      .first();
    if (!known) await ctx.db.insert('reports', { ...ofTenant(tenant), deviceId, at: args.at, figures: args.figures });
    await notePresence(ctx, device, { lastSeenAt: args.at });
    return null;
  },
});

/** Newest first. */
export const list = query({
  args: { device: v.string(), limit: v.number() },
  returns: v.array(v.object({ at: v.number(), figures })),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'reports:list');
    const device = await knownDevice(ctx, { tenant, name: args.device });
    const reports = await ctx.db
      .query('reports')
      .withIndex('by_device_and_at', (q) => q.eq('deviceId', device._id))
      .order('desc')
      .take(Math.min(Math.max(1, Math.trunc(args.limit)), MAX_LISTED));
    return reports.map(({ at, figures }) => ({ at, figures }));
  },
});
