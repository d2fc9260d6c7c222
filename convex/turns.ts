/**
 * Turns: their states, texts and outcomes, while they run and afterwards.
 */
import { type Infer, v } from 'convex/values';
import { MAX_TIME_MS, UUID_V7 } from '../src/protocol/bounds.ts';
import { isTrigger } from '../src/protocol/triggers.ts';
import type { Doc } from './_generated/dataModel.d.ts';
import { mutation, type QueryCtx, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { ensureDevice } from './devices.ts';
import { refusal } from './errors.ts';
import { deleteNewFile } from './files.ts';
import { findTurn, ownerOf } from './find-turn.ts';
import { ofTenant, recordingOf, turnNamed } from './lookup.ts';
import { isForgotten } from './messages.ts';
import { attachRecording } from './recordings.ts';
import { latencies, trigger, turnError, turnOutcome, turnState, usedTool } from './values.ts';

/** Far below a document's 1 MiB, and more than the text of any turn. */
const MAX_TEXT_LENGTH = 64 * 1_024;
const MAX_LISTED = 200;
const MAX_TOOL_CALLS = 20;

/** The current data of a turn. Omitted fields keep their previous value. */
const turnRecord = v.object({
  turn: v.string(),
  session: v.string(),
  trigger,
  offline: v.boolean(),
  startedAt: v.number(),
  state: turnState,
  outcome: v.optional(turnOutcome),
  endedAt: v.optional(v.number()),
  transcript: v.optional(v.string()),
  replyText: v.optional(v.string()),
  tools: v.optional(v.array(usedTool)),
  latencyMs: v.optional(latencies),
  error: v.optional(turnError),
});
export type CloudTurnRecord = Infer<typeof turnRecord>;

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
  },
  returns: v.object({ created: v.boolean(), recorded: v.boolean() }),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'turns:record');
    const { recording } = args;
    checkRecord(args.record);
    const device = await ensureDevice(ctx, { tenant, name: args.device });
    const forgotten = isForgotten(device, args.record.startedAt);
    const record = forgotten ? withoutWords(args.record) : args.record;
    const name = { deviceId: device._id, turn: record.turn };
    const known = await turnNamed(ctx, name);
    if (!known) await ctx.db.insert('turns', { ...record, ...ofTenant(tenant), deviceId: device._id });
    else if (isNewer(record, known)) await ctx.db.patch(known._id, record);
    if (recording && forgotten) await deleteNewFile(ctx, recording.storageId);
    else if (recording) await attachRecording(ctx, device, record.turn, recording);
    return { created: !known, recorded: forgotten || (await recordingOf(ctx, name)) !== null };
  },
});

function withoutWords({ transcript, replyText, tools, ...record }: CloudTurnRecord): CloudTurnRecord {
  return record;
}

function isNewer({ outcome }: CloudTurnRecord, known: Doc<'turns'>): boolean {
  return known.outcome === 'done' ? outcome === 'done' : known.outcome === undefined || outcome !== undefined;
}

function checkRecord({ turn, trigger, startedAt, transcript, replyText, tools = [], error }: CloudTurnRecord): void {
  if (!UUID_V7.test(turn)) throw refusal('turn_invalid', "A turn's id is a UUIDv7 in lower case.");
  if (!isTrigger(trigger)) throw refusal('turn_invalid', 'A trigger is 1 to 64 of a–z, 0–9 and -.');
  if (!(startedAt >= 0 && startedAt <= MAX_TIME_MS)) {
    throw refusal('turn_invalid', `${startedAt} is not a valid start time of a turn.`);
  }
  if (tools.length > MAX_TOOL_CALLS) {
    throw refusal('too_large', `${tools.length} calls of tools are too many; the most is ${MAX_TOOL_CALLS}.`);
  }
  const toolTexts = tools.flatMap(({ name, input, error }) => [name, input, error]);
  for (const text of [transcript, replyText, error?.message, error?.hint, ...toolTexts]) {
    if (text !== undefined && text.length > MAX_TEXT_LENGTH) {
      throw refusal('too_large', `A text of ${text.length} characters is too long; the most is ${MAX_TEXT_LENGTH}.`);
    }
  }
}

const listedTurn = v.object({
  ...turnRecord.fields,
  device: v.string(),
  recording: v.union(v.object({ bytes: v.number(), durationMs: v.number() }), v.null()),
});
export type ListedTurn = Infer<typeof listedTurn>;

export const get = query({
  args: { turn: v.string(), device: v.optional(v.string()) },
  returns: listedTurn,
  handler: async (ctx, args) => await listed(ctx, await findTurn(ctx, await requireRole(ctx, 'turns:get'), args)),
});

/** The newest turns, newest first: of one device, or, for people, of all. */
export const list = query({
  args: { device: v.optional(v.string()), limit: v.number() },
  returns: v.array(listedTurn),
  handler: async (ctx, args) => {
    const caller = await requireRole(ctx, 'turns:list');
    const limit = Math.min(Math.max(1, Math.trunc(args.limit)), MAX_LISTED);
    const device = await ownerOf(ctx, caller, args.device);
    const turns = device
      ? ctx.db.query('turns').withIndex('by_device_and_startedAt', (q) => q.eq('deviceId', device._id))
      : ctx.db.query('turns').withIndex('by_tenant_and_startedAt', (q) => q.eq('tenant', caller.tenant));
    return await Promise.all((await turns.order('desc').take(limit)).map((turn) => listed(ctx, turn)));
  },
});

async function listed(
  ctx: QueryCtx,
  { _id, _creationTime, tenant, deviceId, ...turn }: Doc<'turns'>,
): Promise<ListedTurn> {
  const device = await ctx.db.get('devices', deviceId);
  const recording = await recordingOf(ctx, { deviceId, turn: turn.turn });
  return {
    ...turn,
    device: device?.name ?? '',
    recording: recording && { bytes: recording.bytes, durationMs: recording.durationMs },
  };
}
