/**
 * Devices: their names, tokens and settings.
 */
import { type Infer, v } from 'convex/values';
import { isName, MAX_NAME_LENGTH } from '../src/protocol/bounds.ts';
import type { Doc } from './_generated/dataModel.d.ts';
import { type MutationCtx, mutation, type QueryCtx, query } from './_generated/server.js';
import { hasExpired, requireRole } from './access.ts';
import { refusal } from './errors.ts';
import { type DeviceName, deviceByTokenHash, deviceNamed, ofTenant } from './lookup.ts';
import { notePresence, presenceOf } from './presence.ts';
import { deviceSettings } from './values.ts';

const MAX_LISTED = 1_000;

const verdict = v.union(
  v.object({
    status: v.literal('valid'),
    device: v.string(),
    settings: deviceSettings,
    /** From then on it is not valid; whoever watches must look at a clock, because time alone does not change the answer. */
    expiresAt: v.optional(v.number()),
  }),
  v.object({ status: v.literal('revoked'), device: v.string() }),
  v.object({ status: v.literal('expired'), device: v.string() }),
  v.object({ status: v.literal('unknown') }),
);
export type TokenVerdict = Infer<typeof verdict>;

/** Checks a token. The gateway queries it at the upgrade and stays subscribed, so that a revocation takes effect at once. */
export const verify = query({
  args: { tokenHash: v.string() },
  returns: verdict,
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'devices:verify');
    const device = await deviceByTokenHash(ctx, { tenant, tokenHash: args.tokenHash });
    if (!device) return { status: 'unknown' as const };
    if (device.revokedAt !== undefined) return { status: 'revoked' as const, device: device.name };
    if (hasExpired(device)) return { status: 'expired' as const, device: device.name };
    const { name, settings, tokenExpiresAt } = device;
    return {
      status: 'valid' as const,
      device: name,
      settings,
      ...(tokenExpiresAt !== undefined && { expiresAt: tokenExpiresAt }),
    };
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
  args: {},
  returns: v.array(publicDevice),
  handler: async (ctx) => {
    const { tenant } = await requireRole(ctx, 'devices:list');
    const devices = await ctx.db
      .query('devices')
      .withIndex('by_tenant_and_name', (q) => q.eq('tenant', tenant))
      .take(MAX_LISTED);
    return await Promise.all(devices.map((device) => withoutSecrets(ctx, device)));
  },
});

/** A device's own record, without secrets. */
export const me = query({
  args: {},
  returns: publicDevice,
  handler: async (ctx) => {
    const { device } = await requireRole(ctx, 'devices:me');
    if (!device) throw refusal('device_unknown', 'The caller is not a device.');
    return await withoutSecrets(ctx, device);
  },
});

export const revoke = mutation({
  args: { device: v.string() },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'devices:revoke');
    const device = await deviceNamed(ctx, { tenant, name: args.device });
    if (!device?.tokenHash) throw refusal('device_unknown', `No device named ${args.device} is paired.`);
    if (device.revokedAt === undefined) await ctx.db.patch(device._id, { revokedAt: Date.now() });
    return null;
  },
});

/** The device of this name. A new device (on an open gateway) is created. */
export async function ensureDevice(ctx: MutationCtx, { tenant, name }: DeviceName): Promise<Doc<'devices'>> {
  const known = await deviceNamed(ctx, { tenant, name });
  if (known) return known;
  if (!isName(name)) {
    throw refusal(
      'value_invalid',
      `A device's name has 1 to ${MAX_NAME_LENGTH} characters, and no control characters.`,
    );
  }
  const id = await ctx.db.insert('devices', { ...ofTenant(tenant), name, settings: {} });
  const created = await ctx.db.get('devices', id);
  if (!created) throw refusal('device_unknown', `The device ${name} could not be created.`);
  await notePresence(ctx, created, { lastSeenAt: Date.now() });
  return created;
}

async function withoutSecrets(ctx: QueryCtx, device: Doc<'devices'>) {
  const { tenant, tokenHash, _id, _creationTime, ...rest } = device;
  const paired = tokenHash !== undefined && device.revokedAt === undefined;
  return { ...rest, paired, ...(await presenceOf(ctx, device)) };
}
