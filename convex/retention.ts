/**
 * Retention: deletes rows that are older than their table's limit, and files without a row.
 */
import { type Infer, v } from 'convex/values';
import { internal } from './_generated/api.js';
import type { Doc, Id } from './_generated/dataModel.d.ts';
import { internalMutation, type MutationCtx, mutation, type QueryCtx, query } from './_generated/server.js';
import { gatewayKey, requireGateway } from './access.ts';
import { refusal } from './errors.ts';
import { recordingOf, type TurnName } from './lookup.ts';
import { limitedTable } from './values.ts';

type LimitedTable = Infer<typeof limitedTable>;

const DAY_MS = 24 * 60 * 60_000;
const DEFAULT_DAYS: Record<LimitedTable, number> = {
  sessions: 90,
  turns: 90,
  recordings: 30,
  reports: 14,
  pairings: 1,
  attempts: 1,
};
const TABLES = Object.keys(DEFAULT_DAYS) as LimitedTable[];
/** Rows per transaction; the next transaction deletes the rest. */
const BATCH = 100;
/** A file is uploaded before its row is written: a newer file may still get its row. */
const ORPHAN_AFTER_MS = DAY_MS;

export const get = query({
  args: { gatewayKey },
  returns: v.array(v.object({ table: limitedTable, days: v.number() })),
  handler: async (ctx, args) => {
    await requireGateway(args.gatewayKey);
    return await Promise.all(TABLES.map(async (table) => ({ table, days: await daysOf(ctx, table) })));
  },
});

export const set = mutation({
  args: { gatewayKey, table: limitedTable, days: v.number() },
  returns: v.null(),
  handler: async (ctx, args) => {
    await requireGateway(args.gatewayKey);
    const { table, days } = args;
    if (!(days > 0 && Number.isFinite(days))) throw refusal('value_invalid', 'Days must be more than 0.');
    const known = await configured(ctx, table);
    if (known) await ctx.db.patch(known._id, { days });
    else await ctx.db.insert('retention', { table, days });
    return null;
  },
});

/** Called by the cron of each table; schedules itself again until nothing is left to delete. */
export const sweep = internalMutation({
  args: { table: limitedTable },
  returns: v.number(),
  handler: async (ctx, { table }) => {
    const before = Date.now() - (await daysOf(ctx, table)) * DAY_MS;
    const rows = await ctx.db
      .query(table)
      .withIndex('by_creation_time', (q) => q.lt('_creationTime', before))
      .take(BATCH);
    for (const row of rows) {
      if ('storageId' in row) await deleteFile(ctx, row.storageId);
      if ('trigger' in row) await dropRecording(ctx, row);
      await ctx.db.delete(row._id);
    }
    if (rows.length === BATCH) await ctx.scheduler.runAfter(0, internal.retention.sweep, { table });
    return rows.length;
  },
});

/**
 * Frees this many bytes: repeatedly deletes the oldest recording of the device with the most bytes. So a device that fills the
 * storage harms only itself. Turns stay. Returns the freed bytes.
 */
export const makeRoom = internalMutation({
  args: { bytes: v.number() },
  returns: v.number(),
  handler: async (ctx, { bytes }) => {
    const ofDevice = new Map<string, { bytes: number; oldestFirst: Doc<'recordings'>[] }>();
    for (const recording of await ctx.db.query('recordings').withIndex('by_creation_time').collect()) {
      const owner = recording.deviceId ?? '';
      const device = ofDevice.get(owner) ?? { bytes: 0, oldestFirst: [] };
      device.bytes += recording.bytes;
      device.oldestFirst.push(recording);
      ofDevice.set(owner, device);
    }
    let freed = 0;
    while (freed < bytes) {
      const [largest] = [...ofDevice.values()].sort((a, b) => b.bytes - a.bytes);
      const recording = largest?.oldestFirst.shift();
      if (!largest || !recording) break;
      await deleteFile(ctx, recording.storageId);
      await ctx.db.delete(recording._id);
      largest.bytes -= recording.bytes;
      freed += recording.bytes;
    }
    return freed;
  },
});

/** Deletes a turn's recording together with the turn. */
async function dropRecording(ctx: MutationCtx, turn: TurnName): Promise<void> {
  const recording = await recordingOf(ctx, turn);
  if (!recording) return;
  await deleteFile(ctx, recording.storageId);
  await ctx.db.delete(recording._id);
}

/** A missing file must not block the deletion of the other rows. */
async function deleteFile(ctx: MutationCtx, id: Id<'_storage'>): Promise<void> {
  if (await ctx.db.system.get('_storage', id)) await ctx.storage.delete(id);
}

/** Deletes files whose row was never written: their upload was abandoned. Reads all files page by page. */
export const sweepFiles = internalMutation({
  args: { cursor: v.union(v.string(), v.null()) },
  returns: v.number(),
  handler: async (ctx, { cursor }) => {
    const files = await ctx.db.system.query('_storage').paginate({ cursor, numItems: BATCH });
    let deleted = 0;
    for (const file of files.page) {
      if (file._creationTime > Date.now() - ORPHAN_AFTER_MS) continue;
      const recording = await ctx.db
        .query('recordings')
        .withIndex('by_storageId', (q) => q.eq('storageId', file._id))
        .first();
      const reply = await ctx.db
        .query('replies')
        .withIndex('by_storageId', (q) => q.eq('storageId', file._id))
        .first();
      if (recording || reply) continue;
      await ctx.storage.delete(file._id);
      deleted += 1;
    }
    if (!files.isDone) {
      await ctx.scheduler.runAfter(0, internal.retention.sweepFiles, { cursor: files.continueCursor });
    }
    return deleted;
  },
});

async function configured(ctx: QueryCtx, table: LimitedTable) {
  return await ctx.db
    .query('retention')
    .withIndex('by_table', (q) => q.eq('table', table))
    .unique();
}

async function daysOf(ctx: QueryCtx, table: LimitedTable): Promise<number> {
  return (await configured(ctx, table))?.days ?? DEFAULT_DAYS[table];
}
