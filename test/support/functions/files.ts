/** Functions for tests of the runtime: files. */
import { actionGeneric, mutationGeneric, queryGeneric } from 'convex/server';
import { v } from 'convex/values';

const id = v.id('_storage');

export const store = actionGeneric({
  args: { text: v.string(), sha256: v.optional(v.string()) },
  returns: id,
  handler: async ({ storage }, { text, sha256 }) =>
    await storage.store(new Blob([text], { type: 'text/x-test' }), sha256 === undefined ? {} : { sha256 }),
});
export const read = actionGeneric({
  args: { id },
  handler: async ({ storage }, args) => {
    const blob = await storage.get(args.id);
    return blob && { text: await blob.text(), type: blob.type, size: blob.size };
  },
});
export const describe = queryGeneric({
  args: { id },
  handler: async ({ db, storage }, args) => {
    const row = await db.system.get('_storage', args.id);
    const url = await storage.getUrl(args.id);
    return { url, metadata: await storage.getMetadata(args.id), row: row && { sha256: row.sha256, size: row.size } };
  },
});
export const describeInAction = actionGeneric({
  args: { id },
  handler: async ({ storage }, args) => [await storage.getUrl(args.id), await storage.getMetadata(args.id)],
});
export const remove = mutationGeneric({
  args: { id, fails: v.optional(v.boolean()) },
  handler: async ({ storage }, args) => {
    await storage.delete(args.id);
    if (args.fails) throw new Error('undone');
  },
});
export const removeInAction = actionGeneric({
  args: { id },
  handler: async ({ storage }, args) => await storage.delete(args.id),
});
export const uploadUrl = mutationGeneric({
  args: {},
  handler: async ({ storage }) => await storage.generateUploadUrl(),
});

/** What mutations have at runtime, and not in their types. */
interface MutationStorage {
  store(blob: Blob): Promise<string>;
  get(id: string): Promise<Blob | null>;
}
export const storeInMutation = mutationGeneric({
  args: { text: v.string(), fails: v.boolean() },
  handler: async (ctx, { text, fails }) => {
    const storage = ctx.storage as unknown as MutationStorage;
    const stored = await storage.store(new Blob([text], { type: 'text/x-test' }));
    if (fails) throw new Error('undone');
    return stored;
  },
});

/** Documents of the system are for reading. */
export const misuse = mutationGeneric({
  args: { id, how: v.string() },
  handler: async ({ db }, args) => {
    const fileId = args.id as never;
    if (args.how === 'get') await db.get(fileId);
    if (args.how === 'patch') await db.patch(fileId, { size: 1 });
    if (args.how === 'replace') await db.replace(fileId, {});
    if (args.how === 'delete') await db.delete(fileId);
    if (args.how === 'crons') await db.system.query('_cron_jobs' as never).collect();
  },
});
