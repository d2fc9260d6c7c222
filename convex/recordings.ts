/**
 * Recordings: the speech of a turn, as an Ogg Opus file in storage.
 */
import { v } from 'convex/values';
import { MAX_RECORDING_BYTES } from '../src/protocol/bounds.ts';
import type { Doc, Id } from './_generated/dataModel.d.ts';
import { type MutationCtx, mutation, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { refusal } from './errors.ts';
import { deleteNewFile, newFile } from './files.ts';
import { findTurn } from './find-turn.ts';
import { recordingChoice, recordingChoices } from './keep-recordings.ts';
import { ofTenant, recordingOf } from './lookup.ts';
import { countRecording } from './storage.ts';

/** The address to POST one recording to; valid for an hour. */
export const uploadUrl = mutation({
  args: {},
  returns: v.string(),
  handler: async (ctx) => {
    await requireRole(ctx, 'recordings:uploadUrl');
    return await ctx.storage.generateUploadUrl();
  },
});

/** The address of a recording. */
export const url = query({
  args: { turn: v.string(), device: v.optional(v.string()) },
  returns: v.union(v.object({ url: v.string(), bytes: v.number(), durationMs: v.number() }), v.null()),
  handler: async (ctx, args) => {
    const caller = await requireRole(ctx, 'recordings:url');
    const recording = await recordingOf(ctx, await findTurn(ctx, caller, args));
    const location = recording && (await ctx.storage.getUrl(recording.storageId));
    return recording && location ? { url: location, bytes: recording.bytes, durationMs: recording.durationMs } : null;
  },
});

/** For the gateway: whose recordings it must not keep. */
export const choices = query({
  args: {},
  returns: recordingChoice,
  handler: async (ctx) => await recordingChoices(ctx, (await requireRole(ctx, 'recordings:choices')).tenant),
});

/** A file that arrives a second time (because the response was lost) is not stored twice. */
export async function attachRecording(
  ctx: MutationCtx,
  device: Doc<'devices'>,
  turn: string,
  { storageId, durationMs }: { storageId: Id<'_storage'>; durationMs: number },
): Promise<void> {
  const { tenant, _id: deviceId } = device;
  const known = await recordingOf(ctx, { deviceId, turn });
  if (known) return await deleteNewFile(ctx, storageId);
  const file = await newFile(ctx, storageId);
  if (file.size > MAX_RECORDING_BYTES) {
    throw refusal('too_large', `A recording of ${file.size} bytes is too long; the most is ${MAX_RECORDING_BYTES}.`);
  }
  await ctx.db.insert('recordings', { ...ofTenant(tenant), deviceId, turn, storageId, bytes: file.size, durationMs });
  await countRecording(ctx, deviceId, file.size);
}
