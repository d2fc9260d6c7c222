/**
 * Uploaded files: each belongs to one row, which decides who may read it.
 */
import type { Id } from './_generated/dataModel.d.ts';
import type { MutationCtx, QueryCtx } from './_generated/server.js';
import { refusal } from './errors.ts';

/** A file that no row has yet: whoever knows the id of another's file must get no access to it by that. */
export async function newFile(ctx: QueryCtx, id: Id<'_storage'>): Promise<{ size: number }> {
  const file = await ctx.db.system.get('_storage', id);
  if (!file || (await isOwned(ctx, id))) throw refusal('value_invalid', 'There is no such file.');
  return file;
}

export async function isOwned(ctx: QueryCtx, id: Id<'_storage'>): Promise<boolean> {
  const recording = await ctx.db
    .query('recordings')
    .withIndex('by_storageId', (q) => q.eq('storageId', id))
    .first();
  const reply = await ctx.db
    .query('replies')
    .withIndex('by_storageId', (q) => q.eq('storageId', id))
    .first();
  return recording !== null || reply !== null;
}

/** Deletes a file that was uploaded for a row which will not be written. */
export async function deleteNewFile(ctx: MutationCtx, id: Id<'_storage'>): Promise<void> {
  if (!(await isOwned(ctx, id))) await deleteFile(ctx, id);
}

/** A missing file must not block the deletion of its row. */
export async function deleteFile(ctx: MutationCtx, id: Id<'_storage'>): Promise<void> {
  if (await ctx.db.system.get('_storage', id)) await ctx.storage.delete(id);
}
