/**
 * Announcements: what an operator wants a device to say, and what became of it. The gateway of the device subscribes to those that were not
 * made yet.
 */
import { type Infer, v } from 'convex/values';
import { isSpokenText, MAX_DURATION_MS, MAX_SPOKEN_LENGTH, UUID } from '../src/protocol/bounds.ts';
import { internal } from './_generated/api.js';
import type { Doc, Id } from './_generated/dataModel.d.ts';
import { internalMutation, mutation, type QueryCtx, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { refusal } from './errors.ts';
import { deviceNamed, knownDevice, ofTenant } from './lookup.ts';
import { announcementPriority, announcementState } from './values.ts';

/** Of a device, that were not made yet. */
const MAX_OPEN = 20;
const MAX_LISTED = 100;
/** Rows per transaction. */
const BATCH = 100;
const MIN_EXPIRY_MS = 1_000;
/** How long after its time an announcement may still be spoken: it has begun. */
const SPOKEN_WITHIN_MS = 15 * 60_000;

type State = Infer<typeof announcementState>;
/** What may become of an announcement in each state; of the others nothing. */
const NEXT: Partial<Record<State, readonly State[]>> = {
  offered: ['taken', 'played', 'interrupted', 'declined', 'failed'],
  taken: ['played', 'interrupted', 'failed'],
  // It began just before, and the report of that came later.
  expired: ['taken', 'played', 'interrupted', 'failed'],
};

/** Idempotent: a second call with the same id changes nothing. */
export const say = mutation({
  args: {
    device: v.string(),
    id: v.string(),
    text: v.string(),
    priority: announcementPriority,
    expiresInMs: v.number(),
  },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'announcements:say');
    const { id, text, priority, expiresInMs } = args;
    if (!UUID.test(id)) throw refusal('value_invalid', 'The id of an announcement is a UUID, in lower case.');
    if (!isSpokenText(text)) {
      throw refusal('value_invalid', `An announcement has 1 to ${MAX_SPOKEN_LENGTH} characters.`);
    }
    if (!(expiresInMs >= MIN_EXPIRY_MS && expiresInMs <= MAX_DURATION_MS)) {
      throw refusal('value_invalid', 'An announcement expires after 1 s to 49 days.');
    }
    const { _id: deviceId } = await knownDevice(ctx, { tenant, name: args.device });
    if (await announcementNamed(ctx, deviceId, id)) return null;
    if ((await openOf(ctx, deviceId)).length >= MAX_OPEN) {
      throw refusal('too_large', `Up to ${MAX_OPEN} announcements may wait for a device.`);
    }
    const expiresAt = Date.now() + expiresInMs;
    const row = {
      ...ofTenant(tenant),
      deviceId,
      announcement: id,
      text,
      priority,
      state: 'offered' as const,
      expiresAt,
    };
    await ctx.db.insert('announcements', row);
    return null;
  },
});

const open = v.object({
  id: v.string(),
  text: v.string(),
  priority: announcementPriority,
  expiresAt: v.number(),
  turn: v.optional(v.string()),
});
export type CloudAnnouncement = Infer<typeof open>;

/** Those that the device may still make: offered, or begun in this turn, perhaps with a gateway that ended since. */
export const forDevice = query({
  args: { device: v.string() },
  returns: v.array(open),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'announcements:forDevice');
    const device = await deviceNamed(ctx, { tenant, name: args.device });
    const rows = device ? await openOf(ctx, device._id) : [];
    return rows.map(({ announcement: id, text, priority, expiresAt, turn }) => ({
      ...{ id, text, priority, expiresAt },
      ...(turn !== undefined && { turn }),
    }));
  },
});

/** What became of it. Idempotent; what is over stays as it is. */
export const report = mutation({
  args: {
    device: v.string(),
    id: v.string(),
    state: announcementState,
    reason: v.optional(v.string()),
    turn: v.optional(v.string()),
  },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'announcements:report');
    const device = await deviceNamed(ctx, { tenant, name: args.device });
    const known = device && (await announcementNamed(ctx, device._id, args.id));
    if (!known || !NEXT[known.state]?.includes(args.state)) return null;
    const { state, reason, turn } = args;
    await ctx.db.patch(known._id, {
      state,
      ...(reason !== undefined && { reason }),
      ...(turn !== undefined && { turn }),
    });
    return null;
  },
});

const announcementStatus = v.object({
  id: v.string(),
  text: v.string(),
  priority: announcementPriority,
  state: announcementState,
  reason: v.optional(v.string()),
  turn: v.optional(v.string()),
  createdAt: v.number(),
  expiresAt: v.number(),
});
export type AnnouncementStatus = Infer<typeof announcementStatus>;

/** For the operator who waits; null: there is none. */
export const get = query({
  args: { device: v.string(), id: v.string() },
  returns: v.union(announcementStatus, v.null()),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'announcements:get');
    const device = await knownDevice(ctx, { tenant, name: args.device });
    const known = await announcementNamed(ctx, device._id, args.id);
    return known && forPeople(known);
  },
});

/** Newest first. */
export const list = query({
  args: { device: v.string() },
  returns: v.array(announcementStatus),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'announcements:list');
    const device = await knownDevice(ctx, { tenant, name: args.device });
    const rows = await ctx.db
      .query('announcements')
      .withIndex('by_device_and_announcement', (q) => q.eq('deviceId', device._id))
      .order('desc')
      .take(MAX_LISTED);
    return rows.map(forPeople);
  },
});

/** One that was not made yet is not made any more. False: there is none. */
export const remove = mutation({
  args: { device: v.string(), id: v.string() },
  returns: v.boolean(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'announcements:remove');
    const device = await knownDevice(ctx, { tenant, name: args.device });
    const known = await announcementNamed(ctx, device._id, args.id);
    if (known) await ctx.db.delete(known._id);
    return known !== null;
  },
});

/** What has expired, of any tenant; a cron calls it. Returns the number of rows. */
export const expire = internalMutation({
  args: {},
  returns: v.number(),
  handler: async (ctx) => {
    const before = async (state: State, expiresAt: number) =>
      await ctx.db
        .query('announcements')
        .withIndex('by_state_and_expiresAt', (q) => q.eq('state', state).lte('expiresAt', expiresAt))
        .take(BATCH);
    const offered = await before('offered', Date.now());
    for (const { _id } of offered) await ctx.db.patch(_id, { state: 'expired' });
    const taken = await before('taken', Date.now() - SPOKEN_WITHIN_MS);
    for (const { _id } of taken) await ctx.db.patch(_id, { state: 'failed', reason: 'no-report' });
    const rows = offered.length + taken.length;
    if (rows >= BATCH) await ctx.scheduler.runAfter(0, internal.announcements.expire, {});
    return rows;
  },
});

function forPeople(row: Doc<'announcements'>) {
  const { announcement: id, text, priority, reason, turn, expiresAt, _creationTime: createdAt } = row;
  const state = isOverdue(row) ? ('expired' as const) : row.state;
  const optional = { ...(reason !== undefined && { reason }), ...(turn !== undefined && { turn }) };
  return { id, text, priority, state, createdAt, expiresAt, ...optional };
}

async function announcementNamed(
  ctx: QueryCtx,
  deviceId: Id<'devices'>,
  announcement: string,
): Promise<Doc<'announcements'> | null> {
  return await ctx.db
    .query('announcements')
    .withIndex('by_device_and_announcement', (q) => q.eq('deviceId', deviceId).eq('announcement', announcement))
    .unique();
}

async function openOf(ctx: QueryCtx, deviceId: Id<'devices'>): Promise<Doc<'announcements'>[]> {
  const inState = (state: State) =>
    ctx.db
      .query('announcements')
      .withIndex('by_device_and_state', (q) => q.eq('deviceId', deviceId).eq('state', state))
      .take(MAX_OPEN);
  const offered = (await inState('offered')).filter((row) => !isOverdue(row));
  return [...offered, ...(await inState('taken'))];
}

/** The cron has not come by yet. */
function isOverdue({ state, expiresAt }: Doc<'announcements'>): boolean {
  return state === 'offered' && expiresAt <= Date.now();
}
