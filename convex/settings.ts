/**
 * Settings of a device, which the gateway passes on to the running daemon.
 */
import { type Infer, v } from 'convex/values';
import { mutation, query } from './_generated/server.js';
import { gatewayKey, requireGateway } from './access.ts';
import { ensureDevice } from './devices.ts';
import { refusal } from './errors.ts';
import { deviceNamed } from './lookup.ts';
import { deviceSettings } from './values.ts';

export type DeviceSettings = Infer<typeof deviceSettings>;

const RANGES = {
  volumePercent: [0, 100],
  bitrate: [6_000, 64_000],
  bufferMs: [0, 3_000],
} as const;
const MAX_CACHED_REPLIES = 20;

/** Subscribed to by the gateway for as long as the device is connected. */
export const forDevice = query({
  args: { gatewayKey, device: v.string() },
  returns: deviceSettings,
  handler: async (ctx, args) => {
    await requireGateway(args.gatewayKey);
    return (await deviceNamed(ctx, args.device))?.settings ?? {};
  },
});

/** Changes what is given; `null` takes a setting back. */
export const set = mutation({
  args: {
    gatewayKey,
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
    await requireGateway(args.gatewayKey);
    const device = await ensureDevice(ctx, args.device);
    const changed = Object.entries({ ...device.settings, ...args.settings }).filter(([, value]) => value !== null);
    const settings: DeviceSettings = Object.fromEntries(changed);
    check(settings);
    await ctx.db.patch(device._id, { settings });
    return settings;
  },
});

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
