/**
 * Deletes a device with everything that is stored of it. Its row and its token are gone at once; the rest follows batch by batch.
 */
import { v } from 'convex/values';
import { internal } from './_generated/api.js';
import type { Doc } from './_generated/dataModel.d.ts';
import { internalMutation, type MutationCtx, type QueryCtx } from './_generated/server.js';
import { deleteTurns } from './delete-turns.ts';
import { ROWS_OF_DEVICE, TABLES_OF_DEVICE, type TableOfDevice } from './device-rows.ts';
import { deleteFile } from './files.ts';
import { type DeviceName, ofTenant } from './lookup.ts';
import { deleteRecording } from './storage.ts';

/** Rows per transaction. */
const BATCH = 100;
/** Of the figures that are read to tell how many turns there are. */
const MAX_DAYS = 400;

export const removalStatus = v.object({
  removedAt: v.number(),
  /** When it began. Turns that went on, and those of versions without figures, are not in it. */
  turns: v.number(),
  deletedTurns: v.number(),
  /** Of all tables. */
  deletedRows: v.number(),
  /** Missing: it goes on. */
  finishedAt: v.optional(v.number()),
});

export async function removeDevice(ctx: MutationCtx, device: Doc<'devices'>): Promise<void> {
  const { _id: deviceId, tenant, name } = device;
  const days = await ctx.db
    .query('turnFigures')
    .withIndex('by_tenant_device_unit_startsAt_and_shard', (q) =>
      q.eq('tenant', tenant).eq('deviceId', deviceId).eq('unit', 'day'),
    )
    .take(MAX_DAYS);
  const removal = await ctx.db.insert('removals', {
    ...ofTenant(tenant),
    deviceId,
    device: name,
    removedAt: Date.now(),
    turns: days.reduce((sum, { turns }) => sum + turns, 0),
    deletedTurns: 0,
    deletedRows: 0,
  });
  await ctx.db.delete(deviceId);
  await ctx.scheduler.runAfter(0, internal.removals.step, { removal });
}

/** The newest of this name. */
export async function removalOf(ctx: QueryCtx, { tenant, name }: DeviceName): Promise<Doc<'removals'> | null> {
  return await ctx.db
    .query('removals')
    .withIndex('by_tenant_and_device', (q) => q.eq('tenant', tenant).eq('device', name))
    .order('desc')
    .first();
}

/** Deletes one batch and schedules the next. Returns the number of rows. */
export const step = internalMutation({
  args: { removal: v.id('removals') },
  returns: v.number(),
  handler: async (ctx, args) => {
    const removal = await ctx.db.get('removals', args.removal);
    if (!removal || removal.finishedAt !== undefined) return 0;
    let { deletedRows, deletedTurns } = removal;
    for (const table of TABLES_OF_DEVICE) {
      const left = removal.deletedRows + BATCH - deletedRows;
      const deleted = await deleteRows(ctx, table, removal, left);
      deletedRows += deleted;
      if (table === 'turns') deletedTurns += deleted;
      // There may be more.
      if (deleted === left) break;
    }
    const isFinished = deletedRows < removal.deletedRows + BATCH;
    await ctx.db.patch(removal._id, {
      ...{ deletedRows, deletedTurns },
      ...(isFinished && { finishedAt: Date.now() }),
    });
    if (!isFinished) await ctx.scheduler.runAfter(0, internal.removals.step, args);
    return deletedRows - removal.deletedRows;
  },
});

async function deleteRows(
  ctx: MutationCtx,
  table: TableOfDevice,
  { deviceId, tenant }: Doc<'removals'>,
  most: number,
): Promise<number> {
  const device = { _id: deviceId, ...ofTenant(tenant) };
  if (table === 'turns') {
    const turns = await ROWS_OF_DEVICE.turns(ctx, device).take(most);
    await deleteTurns(ctx, turns);
    return turns.length;
  }
  if (table === 'recordings') {
    const recordings = await ROWS_OF_DEVICE.recordings(ctx, device).take(most);
    for (const recording of recordings) await deleteRecording(ctx, recording);
    return recordings.length;
  }
  const rows = await ROWS_OF_DEVICE[table](ctx, device).take(most);
  for (const row of rows) {
    if ('storageId' in row) await deleteFile(ctx, row.storageId);
    await ctx.db.delete(row._id);
  }
  return rows.length;
}
