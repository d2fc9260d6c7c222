/**
 * Messages: what was said in the conversations of a device, for the assistant's memory. A summary stands for everything before it.
 */
import { type Infer, v } from 'convex/values';
import { MAX_TIME_MS, UUID_V7 } from '../src/protocol/bounds.ts';
import { internal } from './_generated/api.js';
import type { Doc, Id } from './_generated/dataModel.d.ts';
import { internalMutation, type MutationCtx, mutation, type QueryCtx, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { wasRemoved } from './delete-turns.ts';
import { recordedDevice } from './ensure-device.ts';
import { refusal } from './errors.ts';
import { deviceNamed, knownDevice, ofTenant, recordingOf, type TurnName } from './lookup.ts';
import { deleteRecording } from './storage.ts';

const MAX_TEXT_LENGTH = 16 * 1_024;
const MAX_LISTED = 200;
/** Rows per transaction. */
const BATCH = 100;
const ROLES_OF_A_TURN = 2;

/** `text` of an answer is what the person heard of it. */
const message = v.object({
  turn: v.string(),
  role: v.union(v.literal('person'), v.literal('assistant')),
  text: v.string(),
  at: v.number(),
});
export type CloudMessage = Infer<typeof message>;

const recollection = v.object({ messages: v.array(message), summary: v.optional(v.string()) });
export type CloudRecollection = Infer<typeof recollection>;

/** Idempotent: a turn has one message of each role, and the newest text counts. What is older than the last `forget` is not stored. */
export const record = mutation({
  args: { device: v.string(), message },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'messages:record');
    check(args.message);
    const device = await recordedDevice(ctx, { tenant, name: args.device }, args.message.at);
    if (!device || isForgotten(device, args.message.at)) return null;
    const { turn, role, text, at } = args.message;
    const known = await ctx.db
      .query('messages')
      .withIndex('by_device_turn_and_role', (q) => q.eq('deviceId', device._id).eq('turn', turn).eq('role', role))
      .unique();
    if (known) await ctx.db.patch(known._id, { text });
    else if (await wasRemoved(ctx, { deviceId: device._id, turn })) return null;
    else await ctx.db.insert('messages', { ...ofTenant(tenant), deviceId: device._id, turn, role, text, at });
    return null;
  },
});

/** The newest messages since the last summary, oldest first. */
export const recall = query({
  args: { device: v.string(), limit: v.number() },
  returns: recollection,
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'messages:recall');
    const device = await deviceNamed(ctx, { tenant, name: args.device });
    return device ? await recollectionOf(ctx, device, args.limit) : { messages: [] };
  },
});

/** The same for people. */
export const list = query({
  args: { device: v.string(), limit: v.number() },
  returns: recollection,
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'messages:list');
    return await recollectionOf(ctx, await knownDevice(ctx, { tenant, name: args.device }), args.limit);
  },
});

async function recollectionOf(ctx: QueryCtx, device: Doc<'devices'>, limit: number): Promise<CloudRecollection> {
  const summary = await summaryOf(ctx, device._id);
  const rows = await ctx.db
    .query('messages')
    .withIndex('by_device_and_at', (q) => q.eq('deviceId', device._id).gt('at', summary?.until ?? 0))
    .order('desc')
    .take(Math.min(Math.max(1, Math.trunc(limit)), MAX_LISTED));
  const messages = rows.toReversed().map(({ turn, role, text, at }) => ({ turn, role, text, at }));
  return { messages, ...(summary && { summary: summary.text }) };
}

/** Replaces all messages until then by a summary. */
export const summarize = mutation({
  args: { device: v.string(), text: v.string(), until: v.number() },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'messages:summarize');
    const { text, until } = args;
    check({ text, at: until });
    const device = await recordedDevice(ctx, { tenant, name: args.device }, until);
    if (!device || isForgotten(device, until)) return null;
    const known = await summaryOf(ctx, device._id);
    if (known) await ctx.db.patch(known._id, { text, until });
    else await ctx.db.insert('summaries', { ...ofTenant(tenant), deviceId: device._id, text, until });
    await ctx.scheduler.runAfter(0, internal.messages.deleteUntil, { deviceId: device._id, until });
    return null;
  },
});

/**
 * Deletes what was said with this device until now: messages and summary, and of its turns the words and the recordings. What
 * arrives later and is older is not stored. Returns the number of messages; what is more than a batch is deleted right after.
 */
export const forget = mutation({
  args: { device: v.string(), until: v.number() },
  returns: v.number(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'messages:forget');
    const device = await knownDevice(ctx, { tenant, name: args.device });
    if (!(args.until >= 0 && args.until <= MAX_TIME_MS)) throw refusal('value_invalid', `${args.until} is no time.`);
    const until = Math.max(args.until, device.forgottenAt ?? 0);
    await ctx.db.patch(device._id, { forgottenAt: until });
    const summary = await summaryOf(ctx, device._id);
    if (summary) await ctx.db.delete(summary._id);
    await ctx.scheduler.runAfter(0, internal.messages.forgetTurns, { deviceId: device._id, until, cursor: null });
    return await deleteMessages(ctx, device._id, until);
  },
});

/** Deletes messages until then, a batch at a time. */
export const deleteUntil = internalMutation({
  args: { deviceId: v.id('devices'), until: v.number() },
  returns: v.number(),
  handler: async (ctx, { deviceId, until }) => await deleteMessages(ctx, deviceId, until),
});

async function deleteMessages(ctx: MutationCtx, deviceId: Id<'devices'>, until: number): Promise<number> {
  const rows = await ctx.db
    .query('messages')
    .withIndex('by_device_and_at', (q) => q.eq('deviceId', deviceId).lte('at', until))
    .take(BATCH);
  for (const row of rows) await ctx.db.delete(row._id);
  if (rows.length === BATCH) await ctx.scheduler.runAfter(0, internal.messages.deleteUntil, { deviceId, until });
  return rows.length;
}

/** Deletes what both sides said in a turn. */
export async function deleteMessagesOf(ctx: MutationCtx, { deviceId, turn }: TurnName): Promise<void> {
  const rows = await ctx.db
    .query('messages')
    .withIndex('by_device_turn_and_role', (q) => q.eq('deviceId', deviceId).eq('turn', turn))
    .take(ROLES_OF_A_TURN);
  for (const row of rows) await ctx.db.delete(row._id);
}

/** Removes words and recordings of the turns that began until then, a batch at a time. */
export const forgetTurns = internalMutation({
  args: { deviceId: v.id('devices'), until: v.number(), cursor: v.union(v.string(), v.null()) },
  returns: v.number(),
  handler: async (ctx, { deviceId, until, cursor }) => {
    const turns = await ctx.db
      .query('turns')
      .withIndex('by_device_and_startedAt', (q) => q.eq('deviceId', deviceId).lte('startedAt', until))
      .paginate({ cursor, numItems: BATCH });
    for (const turn of turns.page) {
      await ctx.db.patch(turn._id, { transcript: undefined, replyText: undefined, tools: undefined });
      const recording = await recordingOf(ctx, turn);
      if (recording) await deleteRecording(ctx, recording);
    }
    if (!turns.isDone) {
      await ctx.scheduler.runAfter(0, internal.messages.forgetTurns, { deviceId, until, cursor: turns.continueCursor });
    }
    return turns.page.length;
  },
});

async function summaryOf(ctx: QueryCtx, deviceId: Id<'devices'>): Promise<Doc<'summaries'> | null> {
  return await ctx.db
    .query('summaries')
    .withIndex('by_device', (q) => q.eq('deviceId', deviceId))
    .unique();
}

/** Whether the person asked later to forget what was said then. */
export function isForgotten({ forgottenAt }: Doc<'devices'>, at: number): boolean {
  return forgottenAt !== undefined && at <= forgottenAt;
}

function check({ turn, text, at }: { turn?: string; text: string; at: number }): void {
  if (turn !== undefined && !UUID_V7.test(turn))
    throw refusal('turn_invalid', "A turn's id is a UUIDv7 in lower case.");
  if (!(at >= 0 && at <= MAX_TIME_MS)) throw refusal('value_invalid', `${at} is no time.`);
  if (text.length > MAX_TEXT_LENGTH) {
    throw refusal('too_large', `A text of ${text.length} characters is too long; the most is ${MAX_TEXT_LENGTH}.`);
  }
}
