/**
 * Turns as they are told: with the name of their device and what there is of a recording.
 */
import { type Infer, v } from 'convex/values';
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';
import { recordingOf } from './lookup.ts';
import { turnRecord } from './values.ts';

export const listedTurn = v.object({
  ...turnRecord.fields,
  device: v.string(),
  recording: v.union(v.object({ bytes: v.number(), durationMs: v.number() }), v.null()),
});
export type ListedTurn = Infer<typeof listedTurn>;

/** Without those whose device is being deleted. */
export async function listedTurns(ctx: QueryCtx, turns: readonly Doc<'turns'>[]): Promise<ListedTurn[]> {
  const listed = await Promise.all(turns.map((turn) => listedTurnOf(ctx, turn)));
  return listed.filter((turn) => turn !== null);
}

/** Null: its device is being deleted. */
export async function listedTurnOf(
  ctx: QueryCtx,
  { _id, _creationTime, tenant, deviceId, hasError, ...turn }: Doc<'turns'>,
): Promise<ListedTurn | null> {
  const device = await ctx.db.get('devices', deviceId);
  if (!device) return null;
  const recording = await recordingOf(ctx, { deviceId, turn: turn.turn });
  return {
    ...turn,
    device: device.name,
    recording: recording && { bytes: recording.bytes, durationMs: recording.durationMs },
  };
}
