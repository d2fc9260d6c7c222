/**
 * Wake words that devices of one group heard at different gateways: each gateway sees what was heard at the others, and all make the same choice.
 */
import { type Infer, v } from 'convex/values';
import { isName } from '../src/protocol/bounds.ts';
import { mutation, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { connectionOf, connectionsIn } from './connections.ts';
import { refusal } from './errors.ts';
import { deviceNamed } from './lookup.ts';
import { heardWakeWord } from './values.ts';

/** More devices than hear one person. */
const MAX_IN_GROUP = 50;

const wakeReports = v.object({
  /** Devices of the group that are at other gateways. */
  elsewhere: v.number(),
  /** The last wake word that each of them heard. */
  heard: v.array(v.object({ device: v.string(), heard: heardWakeWord })),
});
export type WakeReports = Infer<typeof wakeReports>;

/** A gateway subscribes to it for each group that has devices there. */
export const elsewhere = query({
  args: { group: v.string(), gateway: v.string() },
  returns: wakeReports,
  handler: async (ctx, { group, gateway }) => {
    const { tenant } = await requireRole(ctx, 'wake:elsewhere');
    const rows = await connectionsIn(ctx, { tenant, group }, MAX_IN_GROUP);
    const others = rows.filter((row) => row.isOpen && row.gateway !== gateway);
    const named = await Promise.all(
      others.map(async ({ deviceId, heard }) => {
        const device = heard && (await ctx.db.get('devices', deviceId));
        return device ? [{ device: device.name, heard }] : [];
      }),
    );
    return { elsewhere: others.length, heard: named.flat() };
  },
});

/** Returns the time. A device that is at another gateway meanwhile reports there. */
export const report = mutation({
  args: { device: v.string(), gateway: v.string(), heard: heardWakeWord },
  returns: v.number(),
  handler: async (ctx, { device: name, gateway, heard }) => {
    const { tenant } = await requireRole(ctx, 'wake:report');
    if (!isName(heard.word)) throw refusal('value_invalid', 'A wake word has 1 to 128 characters.');
    const device = await deviceNamed(ctx, { tenant, name });
    const row = device && (await connectionOf(ctx, device._id));
    if (row?.gateway === gateway) await ctx.db.patch(row._id, { heard });
    return Date.now();
  },
});
