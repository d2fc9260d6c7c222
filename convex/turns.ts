/**
 * Turns: their states, texts and outcomes, while they run and afterwards.
 */
import { paginationOptsValidator, paginationResultValidator } from 'convex/server';
import { type Infer, v } from 'convex/values';
import { internal } from './_generated/api.js';
import { internalMutation, mutation, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { type CountedTurn, countTurns } from './count-turns.ts';
import { deleteTurns } from './delete-turns.ts';
import { refusal } from './errors.ts';
import { findTurn, ownerOf } from './find-turn.ts';
import { keepsRecordings } from './keep-recordings.ts';
import { listedTurn, listedTurns } from './listed-turns.ts';
import { deviceNamed, ofTenant, recordingOf, turnNamed } from './lookup.ts';
import { deleteMessagesOf } from './messages.ts';
import { recordTurn } from './record-turn.ts';
import { searchTurns } from './search-turns.ts';
import { turnFilter, turnPage } from './turn-pages.ts';
import { turnOutcome, turnRecord } from './values.ts';

export type { ListedTurn } from './listed-turns.ts';
export type { CloudTurnRecord } from './values.ts';

const MAX_LISTED = 200;
const MAX_SEARCH_LENGTH = 1_000;
/** Longer than any turn. */
const LIVE_WITHIN_MS = 15 * 60_000;
const MIGRATED_AT_ONCE = 100;

/**
 * Idempotent: the device and the turn's UUIDv7 identify its row however often it is sent, and an existing recording
 * is kept. A late record without an outcome does not remove an outcome, and `done` stays `done`: a session may report a failure of
 * the turn minutes after another session has delivered it. Of a turn that the person asked to forget, words and recording are not stored.
 */
export const record = mutation({
  args: {
    device: v.string(),
    record: turnRecord,
    recording: v.optional(v.object({ storageId: v.id('_storage'), durationMs: v.number() })),
    /** A whole number of the gateway: gateways with different ones that record at the same time do not wait for each other. */
    shard: v.optional(v.number()),
  },
  returns: v.object({ created: v.boolean(), recorded: v.boolean() }),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'turns:record');
    return await recordTurn(ctx, { ...args, tenant });
  },
});

export const get = query({
  args: { turn: v.string(), device: v.optional(v.string()) },
  returns: listedTurn,
  handler: async (ctx, args) => {
    const [turn] = await listedTurns(ctx, [await findTurn(ctx, await requireRole(ctx, 'turns:get'), args)]);
    if (!turn) throw refusal('turn_unknown', `There is no turn ${args.turn}.`);
    return turn;
  },
});

const turnStanding = v.object({
  outcome: v.optional(turnOutcome),
  transcript: v.optional(v.string()),
  replyText: v.optional(v.string()),
  /** Its recording is stored, or must not be. */
  recorded: v.boolean(),
});
export type TurnStanding = Infer<typeof turnStanding>;

/** What became of a turn that a device sends again, because it does not know: perhaps at another gateway. Null: it is not known. */
export const standing = query({
  args: { device: v.string(), turn: v.string() },
  returns: v.union(turnStanding, v.null()),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'turns:standing');
    const device = await deviceNamed(ctx, { tenant, name: args.device });
    const turn = device && (await turnNamed(ctx, { deviceId: device._id, turn: args.turn }));
    if (!turn) return null;
    const { outcome, transcript, replyText } = turn;
    return {
      ...(outcome !== undefined && { outcome }),
      ...(transcript !== undefined && { transcript }),
      ...(replyText !== undefined && { replyText }),
      recorded: (await recordingOf(ctx, turn)) !== null || !(await keepsRecordings(ctx, device)),
    };
  },
});

/** The newest turns, newest first: of one device, or, for people, of all. */
export const list = query({
  args: { device: v.optional(v.string()), limit: v.number() },
  returns: v.array(listedTurn),
  handler: async (ctx, args) => {
    const caller = await requireRole(ctx, 'turns:list');
    const device = await ownerOf(ctx, caller, args.device);
    const turns = device
      ? ctx.db.query('turns').withIndex('by_device_and_startedAt', (q) => q.eq('deviceId', device._id))
      : ctx.db.query('turns').withIndex('by_tenant_and_startedAt', (q) => q.eq('tenant', caller.tenant));
    return await listedTurns(ctx, await turns.order('desc').take(limited(args.limit)));
  },
});

/** All turns, newest first, by pages; of one device, with one outcome, with or without an error. */
export const page = query({
  args: { paginationOpts: paginationOptsValidator, device: v.optional(v.string()), ...turnFilter },
  returns: paginationResultValidator(listedTurn),
  handler: async (ctx, { device: name, ...args }) => {
    const caller = await requireRole(ctx, 'turns:page');
    const device = await ownerOf(ctx, caller, name);
    const { page, ...rest } = await turnPage(ctx, { ...args, tenant: caller.tenant, device });
    return { ...rest, page: await listedTurns(ctx, page) };
  },
});

/** Those that go on, newest first. One whose end nobody told is left out a quarter of an hour after its beginning. */
export const live = query({
  args: {},
  returns: v.array(listedTurn),
  handler: async (ctx) => {
    const { tenant } = await requireRole(ctx, 'turns:live');
    const turns = ctx.db.query('turns').withIndex('by_tenant_and_outcome', (q) =>
      q
        .eq('tenant', tenant)
        .eq('outcome', undefined)
        .gt('_creationTime', Date.now() - LIVE_WITHIN_MS),
    );
    return await listedTurns(ctx, await turns.order('desc').take(MAX_LISTED));
  },
});

/** Turns in which either side said one of these words; of the last word the beginning is enough. The best match is first. */
export const search = query({
  args: { text: v.string(), device: v.optional(v.string()), limit: v.number() },
  returns: v.array(listedTurn),
  handler: async (ctx, args) => {
    const caller = await requireRole(ctx, 'turns:search');
    if (args.text.length > MAX_SEARCH_LENGTH) {
      throw refusal('too_large', `A search has up to ${MAX_SEARCH_LENGTH} characters.`);
    }
    const device = await ownerOf(ctx, caller, args.device);
    const { text } = args;
    const found = await searchTurns(ctx, { tenant: caller.tenant, device, text, limit: limited(args.limit) });
    return await listedTurns(ctx, found);
  },
});

/** Deletes a turn with its words, recording and messages. What is still told of it afterwards is not stored. */
export const remove = mutation({
  args: { turn: v.string(), device: v.string() },
  returns: v.null(),
  handler: async (ctx, args) => {
    const turn = await findTurn(ctx, await requireRole(ctx, 'turns:remove'), args);
    await deleteTurns(ctx, [turn]);
    await deleteMessagesOf(ctx, turn);
    await ctx.db.insert('removedTurns', { ...ofTenant(turn.tenant), deviceId: turn.deviceId, turn: turn.turn });
    return null;
  },
});

/** Counts turns of versions without figures, a batch at a time. Runs after each deployment (crons.ts); a second run changes nothing. */
export const migrate = internalMutation({
  args: {},
  returns: v.number(),
  handler: async (ctx) => {
    const turns = await ctx.db
      .query('turns')
      .withIndex('by_hasError_tenant_and_startedAt', (q) => q.eq('hasError', undefined))
      .take(MIGRATED_AT_ONCE);
    const counted: CountedTurn[] = [];
    for (const turn of turns) {
      const hasError = turn.error !== undefined || turn.outcome === 'failed';
      await ctx.db.patch(turn._id, { hasError });
      counted.push({ turn: { ...turn, hasError }, by: 1 });
    }
    // Together: most are of the same hours and days, whose rows are written once.
    await countTurns(ctx, counted);
    if (turns.length === MIGRATED_AT_ONCE) await ctx.scheduler.runAfter(0, internal.turns.migrate, {});
    return turns.length;
  },
});

function limited(limit: number): number {
  return Math.min(Math.max(1, Math.trunc(limit)), MAX_LISTED);
}
