/**
 * Cached replies: a device plays them while it has no connection.
 */
import { v } from 'convex/values';
import { mutation, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { refusal } from './errors.ts';
import { deleteFile, newFile } from './files.ts';
import { knownDevice, ofTenant, replyNamed } from './lookup.ts';

/** A reply is sent to the device in one message of 64 KiB, as base64: about 14 s of speech. */
const MAX_BYTES = 44 * 1_024;
/** Also the name of a file on the device. */
const KEY = /^[a-z0-9][a-z0-9-]{0,63}$/;
const MAX_TEXT_LENGTH = 4_096;
const MAX_LISTED = 100;

/** Stores a reply (an uploaded Ogg Opus file), replacing the one with this key. */
export const put = mutation({
  args: {
    key: v.string(),
    device: v.optional(v.string()),
    text: v.string(),
    storageId: v.id('_storage'),
  },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'replies:put');
    const { key, text, storageId } = args;
    if (!KEY.test(key)) throw refusal('value_invalid', 'A key has small letters, digits and hyphens.');
    const known = await replyNamed(ctx, { tenant, key });
    const file = known?.storageId === storageId ? { size: known.bytes } : await newFile(ctx, storageId);
    if (file.size > MAX_BYTES || text.length > MAX_TEXT_LENGTH) {
      throw refusal('too_large', `A cached reply has up to ${MAX_BYTES} bytes and ${MAX_TEXT_LENGTH} characters.`);
    }
    const device = args.device === undefined ? undefined : await knownDevice(ctx, { tenant, name: args.device });
    const owner = { ...ofTenant(tenant), ...(device && { deviceId: device._id }) };
    const reply = { ...owner, key, text, storageId, bytes: file.size };
    if (!known) await ctx.db.insert('replies', reply);
    else {
      await ctx.db.replace(known._id, reply);
      if (known.storageId !== storageId) await deleteFile(ctx, known.storageId);
    }
    return null;
  },
});

export const remove = mutation({
  args: { key: v.string() },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'replies:remove');
    const known = await replyNamed(ctx, { tenant, key: args.key });
    if (!known) throw refusal('reply_unknown', `There is no reply named ${args.key}.`);
    await ctx.db.delete(known._id);
    await deleteFile(ctx, known.storageId);
    return null;
  },
});

/** The replies that a device may use: its own and those for all devices; for others those for all devices. */
export const list = query({
  args: {},
  returns: v.array(v.object({ key: v.string(), text: v.string(), url: v.string(), bytes: v.number() })),
  handler: async (ctx) => {
    const { tenant, device } = await requireRole(ctx, 'replies:list');
    const owners = device ? [device._id, undefined] : [undefined];
    const replies = await Promise.all(
      owners.map((deviceId) =>
        ctx.db
          .query('replies')
          .withIndex('by_tenant_and_device', (q) => q.eq('tenant', tenant).eq('deviceId', deviceId))
          .take(MAX_LISTED),
      ),
    );
    const located = await Promise.all(
      replies.flat().map(async ({ key, text, bytes, storageId }) => {
        const url = await ctx.storage.getUrl(storageId);
        return url === null ? [] : [{ key, text, url, bytes }];
      }),
    );
    return located.flat();
  },
});
