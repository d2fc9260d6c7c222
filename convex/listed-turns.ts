/**
 * Turns as they are told: with the name of their device and what there is of a recording.
 */
import { type Infer, v } from 'convex/values';
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';
import { recordingsOf } from './lookup.ts';
import { turnRecord } from './values.ts';

export const listedTurn = v.object({
  ...turnRecord.fields,
  device: v.string(),
  recording: v.union(v.object({ bytes: v.number(), durationMs: v.number() }), v.null()),
});
export type ListedTurn = Infer<typeof listedTurn>;

/** Without those whose device is being deleted. */
export async function listedTurns(ctx: QueryCtx, turns: readonly Doc<'turns'>[]): Promise<ListedTurn[]> {
  const ids = [...new Set(turns.map(({ deviceId }) => deviceId))];
  const devices = await Promise.all(ids.map((id) => ctx.db.get('devices', id)));
  const names = new Map(devices.flatMap((device) => (device ? [[device._id, device.name]] : [])));
  const known = turns.filter(({ deviceId }) => names.has(deviceId));
  const recordings = await recordingsOf(ctx, known);
  return known.map(({ _id, _creationTime, tenant, deviceId, hasError, ...turn }, i) => {
    const recording = recordings[i] ?? null;
    return {
      ...turn,
      device: names.get(deviceId) ?? '',
      recording: recording && { bytes: recording.bytes, durationMs: recording.durationMs },
    };
  });
}
