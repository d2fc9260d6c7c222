/**
 * Timers, reminders and alarms: those that have not rung, and how the others rang. They ring on the device; the gateway mirrors them to it.
 */
import { type Infer, v } from 'convex/values';
import { isText, MAX_LABEL_LENGTH, MAX_REMINDERS, MAX_TIME_MS, UUID } from '../src/protocol/bounds.ts';
import type { Doc, Id } from './_generated/dataModel.d.ts';
import { type MutationCtx, mutation, type QueryCtx, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { deviceInUse } from './ensure-device.ts';
import { refusal } from './errors.ts';
import { deviceNamed, knownDevice, ofTenant } from './lookup.ts';
import { reminderKind, ringOutcome } from './values.ts';

const MAX_LISTED = 100;

const reminder = v.object({
  id: v.string(),
  kind: reminderKind,
  label: v.string(),
  at: v.number(),
  durationMs: v.optional(v.number()),
});
export type CloudReminder = Infer<typeof reminder>;

/** A reminder as it is now, with all of its data. */
const reminderRecord = v.object({
  reminder,
  state: v.union(v.literal('waiting'), v.literal('cancelled'), v.literal('rang')),
  ring: v.optional(v.object({ outcome: ringOutcome, lateMs: v.number() })),
});
export type ReminderRecord = Infer<typeof reminderRecord>;

/** Idempotent, and in any order: one that has rung does not wait again. */
export const record = mutation({
  args: { device: v.string(), record: reminderRecord },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'reminders:record');
    const { reminder: told, state, ring } = args.record;
    check(told);
    const device = await deviceInUse(ctx, { tenant, name: args.device });
    if (!device) return null;
    const known = await reminderNamed(ctx, device._id, told.id);
    const hasRung = await hasRungBefore(ctx, device._id, told.id);
    if (state === 'waiting') {
      if (!known && !hasRung) await add(ctx, device, told);
      return null;
    }
    if (known) await ctx.db.delete(known._id);
    if (state === 'rang' && !hasRung) {
      const { id, kind, label, at } = told;
      const { outcome = 'failed', lateMs = 0 } = ring ?? {};
      const owner = { ...ofTenant(tenant), deviceId: device._id };
      await ctx.db.insert('rings', { ...owner, reminder: id, kind, label, at, outcome, lateMs });
    }
    return null;
  },
});

async function add(ctx: MutationCtx, device: Doc<'devices'>, { id, ...told }: CloudReminder): Promise<void> {
  if ((await waitingOf(ctx, device._id)).length >= MAX_REMINDERS) {
    throw refusal('too_large', `A device has up to ${MAX_REMINDERS} timers, reminders and alarms.`);
  }
  await ctx.db.insert('reminders', { ...ofTenant(device.tenant), deviceId: device._id, reminder: id, ...told });
}

/** Those that have not rung, soonest first. The gateway subscribes to it. */
export const forDevice = query({
  args: { device: v.string() },
  returns: v.array(reminder),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'reminders:forDevice');
    const device = await deviceNamed(ctx, { tenant, name: args.device });
    return device ? (await waitingOf(ctx, device._id)).map(withoutOwner) : [];
  },
});

/** The same for people. */
export const list = query({
  args: { device: v.string() },
  returns: v.array(reminder),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'reminders:list');
    return (await waitingOf(ctx, (await knownDevice(ctx, { tenant, name: args.device }))._id)).map(withoutOwner);
  },
});

/** Those that have rung, newest first. */
export const rung = query({
  args: { device: v.string() },
  returns: v.array(
    v.object({
      id: v.string(),
      kind: reminderKind,
      label: v.string(),
      at: v.number(),
      outcome: ringOutcome,
      lateMs: v.number(),
    }),
  ),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'reminders:rung');
    const device = await knownDevice(ctx, { tenant, name: args.device });
    const rows = await ctx.db
      .query('rings')
      .withIndex('by_device', (q) => q.eq('deviceId', device._id))
      .order('desc')
      .take(MAX_LISTED);
    return rows.map(({ reminder: id, kind, label, at, outcome, lateMs }) => ({ id, kind, label, at, outcome, lateMs }));
  },
});

function check({ id, label, at, durationMs = 0 }: CloudReminder): void {
  if (!UUID.test(id)) throw refusal('value_invalid', 'The id of a reminder is a UUID, in lower case.');
  if (!isText(label) || label.length > MAX_LABEL_LENGTH) {
    throw refusal('value_invalid', `A label has up to ${MAX_LABEL_LENGTH} characters.`);
  }
  for (const ms of [at, durationMs]) {
    if (!(ms >= 0 && ms <= MAX_TIME_MS))
      throw refusal('value_invalid', 'A time is in ms since 1970, before the year 10000.');
  }
}

function withoutOwner({ reminder: id, kind, label, at, durationMs }: Doc<'reminders'>): CloudReminder {
  return { id, kind, label, at, ...(durationMs !== undefined && { durationMs }) };
}

async function waitingOf(ctx: QueryCtx, deviceId: Id<'devices'>): Promise<Doc<'reminders'>[]> {
  return await ctx.db
    .query('reminders')
    .withIndex('by_device_and_at', (q) => q.eq('deviceId', deviceId))
    .take(MAX_REMINDERS);
}

async function reminderNamed(ctx: QueryCtx, deviceId: Id<'devices'>, id: string): Promise<Doc<'reminders'> | null> {
  return await ctx.db
    .query('reminders')
    .withIndex('by_device_and_reminder', (q) => q.eq('deviceId', deviceId).eq('reminder', id))
    .unique();
}

async function hasRungBefore(ctx: QueryCtx, deviceId: Id<'devices'>, id: string): Promise<boolean> {
  const ring = await ctx.db
    .query('rings')
    .withIndex('by_device_and_reminder', (q) => q.eq('deviceId', deviceId).eq('reminder', id))
    .unique();
  return ring !== null;
}
