/**
 * Retention: deletes rows that are older than their table's limit, and files without a row.
 */
import { type Infer, v } from 'convex/values';
import { internal } from './_generated/api.js';
import type { Doc } from './_generated/dataModel.d.ts';
import { internalMutation, type MutationCtx, mutation, type QueryCtx, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { deleteTurns } from './delete-turns.ts';
import { refusal } from './errors.ts';
import { isOwned } from './files.ts';
import { recordingChoice, recordingChoices, storeChoice } from './keep-recordings.ts';
import { knownDevice, ofTenant, type Tenant } from './lookup.ts';
import { deleteRecording } from './storage.ts';
import { limitedTable, tenant } from './values.ts';

type LimitedTable = Infer<typeof limitedTable>;
interface TenantTable {
  tenant?: Tenant;
  table: LimitedTable;
}

const DAY_MS = 24 * 60 * 60_000;
const DEFAULT_DAYS: Record<LimitedTable, number> = {
  sessions: 90,
  turns: 90,
  recordings: 30,
  reports: 14,
  pairings: 1,
  attempts: 1,
  messages: 90,
  summaries: 90,
  announcements: 90,
  rings: 90,
  removedTurns: 90,
  removals: 90,
};
const TABLES = Object.keys(DEFAULT_DAYS) as LimitedTable[];
/** Rows per transaction; the next transaction deletes the rest. */
const BATCH = 100;
/** A file is uploaded before its row is written: a newer file may still get its row. */
const ORPHAN_AFTER_MS = DAY_MS;

export const get = query({
  args: {},
  returns: v.object({
    tables: v.array(v.object({ table: limitedTable, days: v.number() })),
    ...recordingChoice.fields,
  }),
  handler: async (ctx) => {
    const { tenant } = await requireRole(ctx, 'retention:get');
    const tables = TABLES.map(async (table) => ({ table, days: await daysOf(ctx, { tenant, table }) }));
    return { tables: await Promise.all(tables), ...(await recordingChoices(ctx, tenant)) };
  },
});

const choice = { keep: v.union(v.boolean(), v.null()), device: v.optional(v.string()) };

/**
 * Whether recordings are kept from now on: of a device, or of all devices without a choice of their own. `null` removes the choice: then that
 * for all counts, and without one they are kept. What is stored already stays.
 */
export const keepRecordings = mutation({
  args: choice,
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'retention:keepRecordings');
    return await choose(ctx, { tenant, ...args });
  },
});

/** The same for `npx convex run`, which has the deployment's admin key. */
export const chooseRecordings = internalMutation({
  args: { tenant, ...choice },
  returns: v.null(),
  handler: async (ctx, args) => await choose(ctx, args),
});

async function choose(
  ctx: MutationCtx,
  { tenant, device: name, keep }: { tenant?: Tenant; device?: string; keep: boolean | null },
): Promise<null> {
  const device = name === undefined ? undefined : await knownDevice(ctx, { tenant, name });
  await storeChoice(ctx, { tenant, deviceId: device?._id, keep });
  return null;
}

export const set = mutation({
  args: { table: limitedTable, days: v.number() },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'retention:set');
    return await configure(ctx, { tenant, ...args });
  },
});

/** The same for `npx convex run`, which has the deployment's admin key. */
export const setDays = internalMutation({
  args: { tenant, table: limitedTable, days: v.number() },
  returns: v.null(),
  handler: async (ctx, args) => await configure(ctx, args),
});

async function configure(ctx: MutationCtx, { tenant, table, days }: TenantTable & { days: number }): Promise<null> {
  if (!(days > 0 && Number.isFinite(days))) throw refusal('value_invalid', 'Days must be more than 0.');
  const known = await configured(ctx, { tenant, table });
  if (known) await ctx.db.patch(known._id, { days });
  else await ctx.db.insert('retention', { ...ofTenant(tenant), table, days });
  return null;
}

/** Called by the cron of each table, for the first tenant; schedules itself again until nothing is left to delete, of any tenant. */
export const sweep = internalMutation({
  args: { table: limitedTable, tenant },
  returns: v.number(),
  handler: async (ctx, { table, tenant }) => {
    const before = Date.now() - (await daysOf(ctx, { tenant, table })) * DAY_MS;
    const rows = await ctx.db
      .query(table)
      .withIndex('by_tenant', (q) => q.eq('tenant', tenant).lt('_creationTime', before))
      .take(BATCH);
    await deleteTurns(
      ctx,
      rows.filter((row) => 'trigger' in row),
    );
    for (const row of rows) {
      if ('storageId' in row) await deleteRecording(ctx, row);
      else if (!('trigger' in row)) await ctx.db.delete(row._id);
    }
    const next = rows.length === BATCH ? { tenant } : await nextTenant(ctx, { tenant, table });
    if (next) await ctx.scheduler.runAfter(0, internal.retention.sweep, { table, ...ofTenant(next.tenant) });
    return rows.length;
  },
});

/** Deletes files whose row was never written: their upload was abandoned. Reads all files page by page. */
export const sweepFiles = internalMutation({
  args: { cursor: v.union(v.string(), v.null()) },
  returns: v.number(),
  handler: async (ctx, { cursor }) => {
    const files = await ctx.db.system.query('_storage').paginate({ cursor, numItems: BATCH });
    let deleted = 0;
    for (const file of files.page) {
      if (file._creationTime > Date.now() - ORPHAN_AFTER_MS) continue;
      if (await isOwned(ctx, file._id)) continue;
      await ctx.storage.delete(file._id);
      deleted += 1;
    }
    if (!files.isDone) {
      await ctx.scheduler.runAfter(0, internal.retention.sweepFiles, { cursor: files.continueCursor });
    }
    return deleted;
  },
});

async function configured(ctx: QueryCtx, { tenant, table }: TenantTable): Promise<Doc<'retention'> | null> {
  return await ctx.db
    .query('retention')
    .withIndex('by_tenant_and_table', (q) => q.eq('tenant', tenant).eq('table', table))
    .unique();
}

async function daysOf(ctx: QueryCtx, { tenant, table }: TenantTable): Promise<number> {
  return (await configured(ctx, { tenant, table }))?.days ?? DEFAULT_DAYS[table];
}

/** The next one that has rows in this table. `default`, which rows store as undefined, is the first of all. */
async function nextTenant(ctx: QueryCtx, { tenant, table }: TenantTable): Promise<{ tenant: Tenant } | null> {
  const row = await ctx.db
    .query(table)
    .withIndex('by_tenant', (q) => q.gt('tenant', tenant))
    .first();
  return row && { tenant: row.tenant };
}
