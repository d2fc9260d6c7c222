/**
 * Deletes turns with their recordings, and takes back what they count in the figures. Messages of the assistant are rows of their own.
 */
import type { Doc } from './_generated/dataModel.d.ts';
import type { MutationCtx, QueryCtx } from './_generated/server.js';
import { forgetNewest } from './activity.ts';
import { countTurns } from './count-turns.ts';
import { recordingOf, type TurnName } from './lookup.ts';
import { deleteRecording } from './storage.ts';

export async function deleteTurns(ctx: MutationCtx, turns: readonly Doc<'turns'>[]): Promise<void> {
  for (const turn of turns) {
    const recording = await recordingOf(ctx, turn);
    if (recording) await deleteRecording(ctx, recording);
    await ctx.db.delete(turn._id);
  }
  await countTurns(
    ctx,
    turns.map((turn) => ({ turn, by: -1 })),
  );
  await forgetNewest(ctx, turns);
}

/** It was deleted by itself: what is still told of it is not stored. */
export async function wasRemoved(ctx: QueryCtx, { deviceId, turn }: TurnName): Promise<boolean> {
  const removed = await ctx.db
    .query('removedTurns')
    .withIndex('by_device_and_turn', (q) => q.eq('deviceId', deviceId).eq('turn', turn))
    .first();
  return removed !== null;
}
