/**
 * Devices: their names, tokens and settings.
 */
import { paginationOptsValidator, paginationResultValidator } from 'convex/server';
import { type Infer, v } from 'convex/values';
import type { Doc } from './_generated/dataModel.d.ts';
import { mutation, type QueryCtx, query } from './_generated/server.js';
import { hasExpired, requireRole } from './access.ts';
import { newestConnection, newestConnectionOf } from './connections.ts';
import { refusal } from './errors.ts';
import { exportedPage } from './export-device.ts';
import { deviceByTokenHash, deviceNamed, knownDevice, type Tenant } from './lookup.ts';
import { overviewDevice, overviewOf } from './overview.ts';
import { presenceOf } from './presence.ts';
import { removalOf, removalStatus, removeDevice } from './removals.ts';
import { deviceSettings } from './values.ts';

const MAX_LISTED = 1_000;
const DAY_MS = 24 * 60 * 60_000;

const verdict = v.union(
  v.object({
    status: v.literal('valid'),
    device: v.string(),
    settings: deviceSettings,
    /** The newest of the device. The gateway of another ends that one. */
    connection: v.optional(newestConnection),
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
      ...(await newestConnectionOf(ctx, device)),
      ...(tokenExpiresAt !== undefined && { expiresAt: tokenExpiresAt }),
    };
  },
});

/** The same of a device without a token (on an open gateway), also before it is known. */
export const watch = query({
  args: { device: v.string() },
  returns: v.object({ settings: deviceSettings, connection: v.optional(newestConnection) }),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'devices:watch');
    const device = await deviceNamed(ctx, { tenant, name: args.device });
    if (!device) return { settings: {} };
    return { settings: device.settings, ...(await newestConnectionOf(ctx, device)) };
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
    const devices = await devicesOf(ctx, (await requireRole(ctx, 'devices:list')).tenant);
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

/** All devices with what they do and did of late. Its cost does not grow with the number of turns. */
export const overview = query({
  args: {
    /** Turns of the hours that began then or later are counted as today's. Default: of the last 24 hours. */
    sinceMs: v.optional(v.number()),
  },
  returns: v.object({ devices: v.array(overviewDevice) }),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'devices:overview');
    const devices = await devicesOf(ctx, tenant);
    const sinceMs = args.sinceMs ?? Date.now() - DAY_MS;
    return { devices: await overviewOf(ctx, { tenant, devices, sinceMs }) };
  },
});

/**
 * Deletes a device with everything that is stored of it. Its token is invalid at once, so it is disconnected; the rows follow batch by batch
 * (`removal`). What is older and still on its way is not stored when it arrives. A device of this name that comes later is a new one.
 */
export const remove = mutation({
  args: { device: v.string() },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'devices:remove');
    await removeDevice(ctx, await knownDevice(ctx, { tenant, name: args.device }));
    return null;
  },
});

/** How far the last `remove` of a device of this name is; null: there was none in the last 90 days. */
export const removal = query({
  args: { device: v.string() },
  returns: v.union(removalStatus, v.null()),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'devices:removal');
    const found = await removalOf(ctx, { tenant, name: args.device });
    if (!found) return null;
    const { removedAt, turns, deletedTurns, deletedRows, finishedAt } = found;
    return { removedAt, turns, deletedTurns, deletedRows, ...(finishedAt !== undefined && { finishedAt }) };
  },
});

/** Everything that is stored of a device, as rows of tables; files have an address (`url`). A page may be empty before the last one. */
const exportRows = query({
  args: { device: v.string(), paginationOpts: paginationOptsValidator },
  returns: paginationResultValidator(v.object({ table: v.string(), row: v.any() })),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'devices:export');
    return await exportedPage(ctx, await knownDevice(ctx, { tenant, name: args.device }), args.paginationOpts);
  },
});

export { exportRows as export };

async function devicesOf(ctx: QueryCtx, tenant: Tenant): Promise<Doc<'devices'>[]> {
  return await ctx.db
    .query('devices')
    .withIndex('by_tenant_and_name', (q) => q.eq('tenant', tenant))
    .take(MAX_LISTED);
}

async function withoutSecrets(ctx: QueryCtx, device: Doc<'devices'>) {
  const { tenant, tokenHash, forgottenAt, removedAt, _id, _creationTime, ...rest } = device;
  const paired = tokenHash !== undefined && device.revokedAt === undefined;
  return { ...rest, paired, ...(await presenceOf(ctx, device)) };
}
