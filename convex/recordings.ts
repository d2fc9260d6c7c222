/**
 * Recordings: the speech of a turn, as an Ogg Opus file in storage.
 */
import { v } from 'convex/values';
import { MAX_RECORDING_BYTES } from '../src/protocol/bounds.ts';
import type { Id } from './_generated/dataModel.d.ts';
import { type MutationCtx, mutation, query } from './_generated/server.js';
import { credential, gatewayKey, requireGateway } from './access.ts';
import { refusal } from './errors.ts';
import { findTurn } from './find-turn.ts';
import { recordingOf, type TurnName } from './lookup.ts';

/** The address to POST one recording to; valid for an hour. */
export const uploadUrl = mutation({
  args: { gatewayKey },
  returns: v.string(),
  handler: async (ctx, args) => {
    await requireGateway(args.gatewayKey);
    return await ctx.storage.generateUploadUrl();
  },
});

/** The address of a recording. */
export const url = query({
  args: { credential, turn: v.string(), device: v.optional(v.string()) },
  returns: v.union(v.object({ url: v.string(), bytes: v.number(), durationMs: v.number() }), v.null()),
  handler: async (ctx, args) => {
    const recording = await recordingOf(ctx, await findTurn(ctx, args));
    const location = recording && (await ctx.storage.getUrl(recording.storageId));
    return recording && location ? { url: location, bytes: recording.bytes, durationMs: recording.durationMs } : null;
  },
});

/** A file that arrives a second time (because the response was lost) is not stored twice. */
export async function attachRecording(
  ctx: MutationCtx,
  { deviceId, turn }: TurnName,
  { storageId, durationMs }: { storageId: Id<'_storage'>; durationMs: number },
): Promise<void> {
  const known = await recordingOf(ctx, { deviceId, turn });
  if (known?.storageId === storageId) return;
  if (known) return await ctx.storage.delete(storageId);
  const file = await ctx.db.system.get('_storage', storageId);
  if (!file) throw refusal('value_invalid', 'There is no such file.');
  if (file.size > MAX_RECORDING_BYTES) {
    throw refusal('too_large', `A recording of ${file.size} bytes is too long; the most is ${MAX_RECORDING_BYTES}.`);
  }
  await ctx.db.insert('recordings', { deviceId, turn, storageId, bytes: file.size, durationMs });
}
