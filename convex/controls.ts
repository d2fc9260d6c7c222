/**
 * Controls: what people who are not beside a device want it to do now: press its button, mute it. The gateway where the device is carries
 * them out; so they are in the row of its connection, which that gateway watches. One that comes late is worse than none.
 */
import { v } from 'convex/values';
import { UUID } from '../src/protocol/bounds.ts';
import { FEATURE_OF_ACTION } from '../src/protocol/remote-control.ts';
import { internal } from './_generated/api.js';
import { internalMutation, mutation } from './_generated/server.js';
import { requireRole } from './access.ts';
import { connectionOf, openSessionIn } from './connections.ts';
import { refusal } from './errors.ts';
import { livingGateways } from './gateways.ts';
import { knownDevice } from './lookup.ts';
import { controlAction } from './values.ts';

/** A gateway takes them within moments. */
const TAKEN_WITHIN_MS = 10_000;
/** In that time. */
const MAX_CONTROLS = 20;

/** Idempotent. That it is allowed and was done is the device's to say: its turn begins, or its `mutedBy` changes. */
export const send = mutation({
  args: { device: v.string(), id: v.string(), action: controlAction },
  returns: v.null(),
  handler: async (ctx, { device: name, id, action }) => {
    const { tenant } = await requireRole(ctx, 'controls:send');
    if (!UUID.test(id)) throw refusal('value_invalid', 'The id of a control is a UUID, in lower case.');
    const device = await knownDevice(ctx, { tenant, name });
    const row = await connectionOf(ctx, device._id);
    const living = await livingGateways(ctx, tenant);
    if (!row || !(await openSessionIn(ctx, { row, presence: null, device, living }))) {
      throw refusal('device_away', `${name} is not connected.`);
    }
    if (!row.features?.includes(FEATURE_OF_ACTION[action])) {
      throw refusal('not_supported', `${name} does not take ${action} from afar.`);
    }
    if (action === 'unmute' && row.mutedBy === 'person') {
      throw refusal('muted_by_person', `A person at ${name} has muted it.`);
    }
    const controls = row.controls ?? [];
    if (controls.some((each) => each.id === id)) return null;
    if (controls.length >= MAX_CONTROLS) {
      throw refusal('too_large', `A device takes up to ${MAX_CONTROLS} controls in ${TAKEN_WITHIN_MS / 1_000} s.`);
    }
    await ctx.db.patch(row._id, { controls: [...controls, { id, action }] });
    await ctx.scheduler.runAfter(TAKEN_WITHIN_MS, internal.controls.withdraw, { connection: row._id, id });
    return null;
  },
});

/** Its time is over, whether it was carried out or not. */
export const withdraw = internalMutation({
  args: { connection: v.id('connections'), id: v.string() },
  returns: v.null(),
  handler: async (ctx, { connection, id }) => {
    const row = await ctx.db.get('connections', connection);
    if (row?.controls) await ctx.db.patch(row._id, { controls: row.controls.filter((each) => each.id !== id) });
    return null;
  },
});
