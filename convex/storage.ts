/**
 * How many bytes of recordings each device has, and room for new ones where the files have a limit (the embedded cloud). A device that fills
 * the storage loses its own recordings only. Each step reads a few rows, however many recordings there are.
 */
import { v } from 'convex/values';
import type { Doc } from './_generated/dataModel.d.ts';
import { internalMutation, type MutationCtx } from './_generated/server.js';
import { deleteFile } from './files.ts';

/** Recordings per transaction. */
const BATCH = 100;

type DeviceId = Doc<'recordings'>['deviceId'];

export async function countRecording(ctx: MutationCtx, deviceId: DeviceId, bytes: number): Promise<void> {
  const row = await ctx.db
    .query('recordingBytes')
    .withIndex('by_device', (q) => q.eq('deviceId', deviceId))
    .unique();
  const sum = Math.max(0, (row?.bytes ?? 0) + bytes);
  if (!row) await ctx.db.insert('recordingBytes', { ...(deviceId && { deviceId }), bytes: sum });
  else if (sum === 0) await ctx.db.delete(row._id);
  else await ctx.db.patch(row._id, { bytes: sum });
}

export async function deleteRecording(ctx: MutationCtx, recording: Doc<'recordings'>): Promise<void> {
  await deleteFile(ctx, recording.storageId);
  await ctx.db.delete(recording._id);
  await countRecording(ctx, recording.deviceId, -recording.bytes);
}

/**
 * Frees this many bytes: repeatedly deletes the oldest recording of the device with the most bytes. Turns stay. Returns the freed bytes;
 * after a hundred recordings it is called again.
 */
export const makeRoom = internalMutation({
  args: { bytes: v.number() },
  returns: v.number(),
  handler: async (ctx, { bytes }) => {
    let freed = 0;
    for (let i = 0; i < BATCH && freed < bytes; i++) {
      const recording = await nextToDelete(ctx);
      if (!recording) break;
      await deleteRecording(ctx, recording);
      freed += recording.bytes;
    }
    return freed;
  },
});

async function nextToDelete(ctx: MutationCtx): Promise<Doc<'recordings'> | null> {
  const largest = await ctx.db.query('recordingBytes').withIndex('by_bytes').order('desc').first();
  const oldestOfLargest =
    largest &&
    (await ctx.db
      .query('recordings')
      .withIndex('by_device', (q) => q.eq('deviceId', largest.deviceId))
      .first());
  // Recordings of earlier versions were not counted.
  return oldestOfLargest ?? (await ctx.db.query('recordings').withIndex('by_creation_time').first());
}
