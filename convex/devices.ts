/**
 * Devices: their tokens and when they were last connected.
 */
import { type Infer, v } from 'convex/values';
import { isName, MAX_NAME_LENGTH } from '../src/protocol/bounds.ts';
import type { Doc } from './_generated/dataModel.d.ts';
import { type MutationCtx, mutation, query } from './_generated/server.js';
import { credential, gatewayKey, hasExpired, requireCaller, requireGateway } from './access.ts';
import { refusal } from './errors.ts';
import { deviceByTokenHash, deviceNamed } from './lookup.ts';
import { deviceSettings } from './values.ts';

const MAX_LISTED = 1_000;

const verdict = v.union(
  v.object({ status: v.literal('valid'), device: v.string(), settings: deviceSettings }),
  v.object({ status: v.literal('revoked'), device: v.string() }),
  v.object({ status: v.literal('expired'), device: v.string() }),
  v.object({ status: v.literal('unknown') }),
);
export type TokenVerdict = Infer<typeof verdict>;

/** Checks a token. The gateway queries it at the upgrade and stays subscribed, so that a revocation takes effect at once. */
export const verify = query({
  args: { gatewayKey, tokenHash: v.string() },
  returns: verdict,
  handler: async (ctx, args) => {
    await requireGateway(args.gatewayKey);
    const device = await deviceByTokenHash(ctx, args.tokenHash);
    if (!device) return { status: 'unknown' as const };
    if (device.revokedAt !== undefined) return { status: 'revoked' as const, device: device.name };
    if (hasExpired(device)) return { status: 'expired' as const, device: device.name };
    return { status: 'valid' as const, device: device.name, settings: device.settings };
  },
});

const publicDevice = v.object({
  name: v.string(),
  paired: v.boolean(),
  pairedAt: v.optional(v.number()),
  revokedAt: v.optional(v.number()),
  tokenExpiresAt: v.optional(v.number()),
  lastSeenAt: v.number(),
  model: v.optional(v.string()),
  software: v.optional(v.string()),
  settings: deviceSettings,
});

export const list = query({
  args: { gatewayKey },
  returns: v.array(publicDevice),
  handler: async (ctx, args) => {
    await requireGateway(args.gatewayKey);
    return (await ctx.db.query('devices').withIndex('by_name').take(MAX_LISTED)).map(withoutSecrets);
  },
});

/** A device's own record, without secrets. */
export const me = query({
  args: { credential },
  returns: publicDevice,
  handler: async (ctx, args) => {
    const device = await requireCaller(ctx, args.credential);
    if (!device) throw refusal('device_unknown', 'The gateway is not a device.');
    return withoutSecrets(device);
  },
});

export const revoke = mutation({
  args: { gatewayKey, device: v.string() },
  returns: v.null(),
  handler: async (ctx, args) => {
    await requireGateway(args.gatewayKey);
    const device = await deviceNamed(ctx, args.device);
    if (!device?.tokenHash) throw refusal('device_unknown', `No device named ${args.device} is paired.`);
    if (device.revokedAt === undefined) await ctx.db.patch(device._id, { revokedAt: Date.now() });
    return null;
  },
});

/** The device of this name. A new device (on an open gateway) is created. */
export async function ensureDevice(ctx: MutationCtx, name: string): Promise<Doc<'devices'>> {
  const known = await deviceNamed(ctx, name);
  if (known) return known;
  if (!isName(name)) {
    throw refusal(
      'value_invalid',
      `A device's name has 1 to ${MAX_NAME_LENGTH} characters, and no control characters.`,
    );
  }
  const id = await ctx.db.insert('devices', { name, lastSeenAt: Date.now(), settings: {} });
  const created = await ctx.db.get('devices', id);
  if (!created) throw refusal('device_unknown', `The device ${name} could not be created.`);
  return created;
}

function withoutSecrets({ tokenHash, _id, _creationTime, ...device }: Doc<'devices'>) {
  return { ...device, paired: tokenHash !== undefined && device.revokedAt === undefined };
}
