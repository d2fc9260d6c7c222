/**
 * Lists of the person at a device: shopping, tasks.
 */
import { v } from 'convex/values';
import { isName } from '../src/protocol/bounds.ts';
import type { Doc, Id } from './_generated/dataModel.d.ts';
import { mutation, type QueryCtx, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { deviceInUse } from './ensure-device.ts';
import { refusal } from './errors.ts';
import { deviceNamed, knownDevice, ofTenant } from './lookup.ts';

/** Of all lists of a device. */
const MAX_ITEMS = 1_000;
const items = v.array(v.string());

/** Upper and lower case are the same. */
const keyOf = (text: string): string => text.trim().toLowerCase();

/** All lists that have items, by name; items in the order in which they were added. */
export const all = query({
  args: { device: v.string() },
  returns: v.array(v.object({ list: v.string(), items })),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'lists:all');
    const device = await deviceNamed(ctx, { tenant, name: args.device });
    const lists = new Map<string, string[]>();
    for (const { list, item } of device ? await rowsOf(ctx, device._id) : []) {
      lists.set(list, [...(lists.get(list) ?? []), item]);
    }
    return [...lists].map(([list, items]) => ({ list, items }));
  },
});

/** An item that is there already is not added again. */
export const add = mutation({
  args: { device: v.string(), list: v.string(), items },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'lists:add');
    for (const name of [args.list, ...args.items]) {
      if (!isName(name)) throw refusal('value_invalid', 'A list and its items have 1 to 128 characters each.');
    }
    const device = await deviceInUse(ctx, { tenant, name: args.device });
    if (!device) throw refusal('device_unknown', `There is no device named ${args.device}.`);
    const { _id: deviceId } = device;
    const rows = await rowsOf(ctx, deviceId);
    const list = keyOf(args.list);
    const there = new Set(rows.filter((row) => row.list === list).map(({ item }) => keyOf(item)));
    let count = rows.length;
    for (const item of args.items) {
      if (there.has(keyOf(item))) continue;
      there.add(keyOf(item));
      count += 1;
      if (count > MAX_ITEMS) throw refusal('too_large', `A device has up to ${MAX_ITEMS} items on its lists.`);
      await ctx.db.insert('listItems', { ...ofTenant(tenant), deviceId, list, item: item.trim() });
    }
    return null;
  },
});

/** Without `items`: all of the list. Returns those that were there. */
export const remove = mutation({
  args: { device: v.string(), list: v.string(), items: v.optional(items) },
  returns: items,
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'lists:remove');
    const device = await knownDevice(ctx, { tenant, name: args.device });
    const keys = args.items && new Set(args.items.map(keyOf));
    const rows = (await rowsOf(ctx, device._id)).filter(
      ({ list, item }) => list === keyOf(args.list) && (!keys || keys.has(keyOf(item))),
    );
    for (const row of rows) await ctx.db.delete(row._id);
    return rows.map(({ item }) => item);
  },
});

async function rowsOf(ctx: QueryCtx, deviceId: Id<'devices'>): Promise<Doc<'listItems'>[]> {
  return await ctx.db
    .query('listItems')
    .withIndex('by_device_and_list', (q) => q.eq('deviceId', deviceId))
    .take(MAX_ITEMS + 1);
}
