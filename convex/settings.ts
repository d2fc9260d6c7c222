/**
 * Settings of a device; the gateway forwards them to the running daemon.
 */
import { type Infer, v } from 'convex/values';
import type { Doc } from './_generated/dataModel.d.ts';
import { mutation, type QueryCtx, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { refusal } from './errors.ts';
import { deviceNamed, knownDevice, replyNamed } from './lookup.ts';
import { deviceSettings } from './values.ts';

export type DeviceSettings = Infer<typeof deviceSettings>;

const RANGES = {
  volumePercent: [0, 100],
  bitrate: [6_000, 64_000],
  bufferMs: [0, 3_000],
} as const;
const MAX_CACHED_REPLIES = 20;

/** The settings of a known device, for the operator. */
export const get = query({
  args: { device: v.string() },
  returns: deviceSettings,
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'settings:get');
    return (await knownDevice(ctx, { tenant, name: args.device })).settings;
  },
});

/** The gateway subscribes to it while the device is connected, also before the device is known. */
export const forDevice = query({
  args: { device: v.string() },
  returns: deviceSettings,
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'settings:forDevice');
    return (await deviceNamed(ctx, { tenant, name: args.device }))?.settings ?? {};
  },
});

/** Changes the given settings; `null` removes one. */
export const set = mutation({
  args: {
    device: v.string(),
    settings: v.object({
      volumePercent: v.optional(v.union(v.number(), v.null())),
      bitrate: v.optional(v.union(v.number(), v.null())),
      bufferMs: v.optional(v.union(v.number(), v.null())),
      cachedReplies: v.optional(v.union(v.array(v.string()), v.null())),
    }),
  },
  returns: deviceSettings,
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'settings:set');
    const device = await knownDevice(ctx, { tenant, name: args.device });
    const changed = Object.entries({ ...device.settings, ...args.settings }).filter(([, value]) => value !== null);
    const settings: DeviceSettings = Object.fromEntries(changed);
    check(settings);
    for (const key of args.settings.cachedReplies ?? []) await checkReply(ctx, device, key);
    await ctx.db.patch(device._id, { settings });
    return settings;
  },
});

async function checkReply(ctx: QueryCtx, device: Doc<'devices'>, key: string): Promise<void> {
  const reply = await replyNamed(ctx, { tenant: device.tenant, key });
  if (!reply) throw refusal('reply_unknown', `There is no reply named ${key}.`);
  if (reply.deviceId !== undefined && reply.deviceId !== device._id) {
    throw refusal('other_device', `The reply ${key} is for another device.`);
  }
}

function check(settings: DeviceSettings): void {
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = settings[name as keyof typeof RANGES];
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) {
      throw refusal('value_invalid', `${name} is a whole number from ${least} to ${most}, not ${value}.`);
    }
  }
  if ((settings.cachedReplies?.length ?? 0) > MAX_CACHED_REPLIES) {
    throw refusal('too_large', `A device uses up to ${MAX_CACHED_REPLIES} cached replies.`);
  }
}
