/**
 * Pairing: the gateway requests a code for a device, the operator approves the code that the device shows, the gateway claims the
 * approval with the hash of a new token. A code expires, works once, and is withdrawn when its device disconnects.
 */
import { v } from 'convex/values';
import type { Doc } from './_generated/dataModel.d.ts';
import { type MutationCtx, mutation, type QueryCtx, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { countAttempt } from './attempts.ts';
import { ensureDevice } from './ensure-device.ts';
import { refusal } from './errors.ts';
import { type DeviceName, deviceNamed, ofTenant, type Tenant } from './lookup.ts';
import { pairingStatus } from './values.ts';

const CODE_LIFETIME_MS = 10 * 60_000;
/** Codes that may wait at the same time: the fewer, the lower the chance of guessing one. */
const MAX_PENDING = 50;
/** Default lifetime of a token; EARSHOT_TOKEN_DAYS on the deployment changes it. */
const TOKEN_DAYS = 365;
const REQUESTS_A_DEVICE = { most: 10, windowMs: 10 * 60_000 };
const WRONG_CODES = { key: 'pair:wrong-code', most: 10, windowMs: 10 * 60_000 };

/** The gateway makes `code` from a cryptographic random source; a code that already waits is refused as `code_taken`. */
export const request = mutation({
  args: { request: v.string(), code: v.string(), device: v.string() },
  returns: v.object({ expiresAt: v.number() }),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'pairing:request');
    if (!/^\d{6}$/.test(args.code)) throw refusal('value_invalid', 'A code has six digits.');
    const known = await byRequest(ctx, { tenant, request: args.request });
    if (known) return { expiresAt: known.expiresAt };
    const now = Date.now();
    const waiting = await ctx.db
      .query('pairings')
      .withIndex('by_tenant_status_and_expiresAt', (q) =>
        q.eq('tenant', tenant).eq('status', 'pending').gt('expiresAt', now),
      )
      .take(MAX_PENDING);
    if (waiting.some(({ code }) => code === args.code)) throw refusal('code_taken', 'This code is in use.');
    const allowed = await countAttempt(ctx, { tenant, key: `pair:${args.device}`, ...REQUESTS_A_DEVICE });
    if (!allowed || waiting.length >= MAX_PENDING) {
      throw refusal('too_many_attempts', 'Too many devices wait to be paired. Try again in ten minutes.');
    }
    const { request, code, device } = args;
    const expiresAt = now + CODE_LIFETIME_MS;
    await ctx.db.insert('pairings', {
      ...ofTenant(tenant),
      request,
      code,
      device,
      status: 'pending',
      requestedAt: now,
      expiresAt,
    });
    return { expiresAt };
  },
});

/** The status of a request; the gateway subscribes to it. */
export const watch = query({
  args: { request: v.string() },
  returns: v.union(pairingStatus, v.null()),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'pairing:watch');
    return (await byRequest(ctx, { tenant, request: args.request }))?.status ?? null;
  },
});

const waitingPairing = v.object({
  code: v.string(),
  device: v.string(),
  requestedAt: v.number(),
  expiresAt: v.number(),
  /** A device of this name is already paired: its token would become invalid. */
  replaces: v.boolean(),
});

/** Those that wait now. Whoever watches leaves out those that expire meanwhile: time alone does not change the answer. */
export const list = query({
  args: {},
  returns: v.array(waitingPairing),
  handler: async (ctx) => {
    const { tenant } = await requireRole(ctx, 'pairing:list');
    const waiting = await ctx.db
      .query('pairings')
      .withIndex('by_tenant_status_and_expiresAt', (q) =>
        q.eq('tenant', tenant).eq('status', 'pending').gt('expiresAt', Date.now()),
      )
      .take(MAX_PENDING);
    return await Promise.all(
      waiting.map(async ({ code, device, requestedAt, expiresAt }) => {
        const replaces = await isPaired(ctx, { tenant, name: device });
        return { code, device, requestedAt, expiresAt, replaces };
      }),
    );
  },
});

const approval = v.union(
  v.object({ ok: v.literal(true), device: v.string(), replaced: v.boolean() }),
  v.object({
    ok: v.literal(false),
    code: v.union(
      v.literal('code_unknown'),
      v.literal('code_expired'),
      v.literal('code_used'),
      v.literal('code_withdrawn'),
      v.literal('too_many_attempts'),
    ),
    message: v.string(),
  }),
);

/** Returns the problem of a code instead of throwing: a wrong code must be counted. */
export const approve = mutation({
  args: { code: v.string() },
  returns: approval,
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'pairing:approve');
    const newest = await newestWithCode(ctx, { tenant, code: args.code });
    if (newest?.status === 'pending' && newest.expiresAt > Date.now()) {
      await ctx.db.patch(newest._id, { status: 'approved' });
      return {
        ok: true as const,
        device: newest.device,
        replaced: await isPaired(ctx, { tenant, name: newest.device }),
      };
    }
    return await refuseCode(ctx, tenant, newest);
  },
});

async function refuseCode(ctx: MutationCtx, tenant: Tenant, newest: Doc<'pairings'> | null) {
  const no = <Code extends string>(code: Code, message: string) => ({ ok: false as const, code, message });
  if (!(await countAttempt(ctx, { tenant, ...WRONG_CODES }))) {
    return no('too_many_attempts', 'Too many wrong codes. Try again in ten minutes.');
  }
  if (!newest) return no('code_unknown', 'No device shows this code.');
  if (newest.status === 'withdrawn') return no('code_withdrawn', 'The device that showed this code has disconnected.');
  if (newest.status !== 'pending') return no('code_used', 'This code was used already. A code works once.');
  return no('code_expired', 'This code has expired. The device shows a new one.');
}

/** The status of the newest request with this code: an approval is complete when the device has its token. */
export const standing = query({
  args: { code: v.string() },
  returns: v.union(v.object({ request: v.string(), status: pairingStatus }), v.null()),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'pairing:standing');
    const newest = await newestWithCode(ctx, { tenant, code: args.code });
    return newest && { request: newest.request, status: newest.status };
  },
});

/** Once per approval: the device gets its token, of which the cloud gets only the hash. */
export const claim = mutation({
  args: { request: v.string(), tokenHash: v.string() },
  returns: v.object({ device: v.string(), tokenExpiresAt: v.number() }),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'pairing:claim');
    const pairing = await byRequest(ctx, { tenant, request: args.request });
    if (pairing?.status === 'used') throw refusal('code_used', 'This approval was used already.');
    if (pairing?.status !== 'approved') throw refusal('not_approved', 'The operator has not approved this device.');
    if (pairing.expiresAt <= Date.now()) throw refusal('code_expired', 'The approval has expired.');
    if (!/^[0-9a-f]{64}$/.test(args.tokenHash)) throw refusal('value_invalid', 'A token hash is a SHA-256 in hex.');
    const device = await ensureDevice(ctx, { tenant, name: pairing.device });
    const days = Number(process.env.EARSHOT_TOKEN_DAYS) || TOKEN_DAYS;
    const pairedAt = Date.now();
    const tokenExpiresAt = pairedAt + days * 24 * 60 * 60_000;
    await ctx.db.patch(device._id, { tokenHash: args.tokenHash, pairedAt, tokenExpiresAt, revokedAt: undefined });
    await ctx.db.patch(pairing._id, { status: 'used' });
    return { device: device.name, tokenExpiresAt };
  },
});

/**
 * The device has disconnected, so its code becomes invalid. `tokenHash` is the hash of a token that did not reach the device;
 * that token becomes invalid, too.
 */
export const withdraw = mutation({
  args: { request: v.string(), tokenHash: v.optional(v.string()) },
  returns: v.union(pairingStatus, v.null()),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'pairing:withdraw');
    const pairing = await byRequest(ctx, { tenant, request: args.request });
    if (!pairing) return null;
    if (pairing.status === 'used') {
      const device = await deviceNamed(ctx, { tenant, name: pairing.device });
      if (!device?.tokenHash || device.tokenHash !== args.tokenHash) return 'used' as const;
      await ctx.db.patch(device._id, { tokenHash: undefined, pairedAt: undefined, tokenExpiresAt: undefined });
    }
    await ctx.db.patch(pairing._id, { status: 'withdrawn' });
    return 'withdrawn' as const;
  },
});

async function newestWithCode(
  ctx: QueryCtx,
  { tenant, code }: { tenant: Tenant; code: string },
): Promise<Doc<'pairings'> | null> {
  return await ctx.db
    .query('pairings')
    .withIndex('by_tenant_and_code', (q) => q.eq('tenant', tenant).eq('code', code))
    .order('desc')
    .first();
}

async function byRequest(
  ctx: QueryCtx,
  { tenant, request }: { tenant: Tenant; request: string },
): Promise<Doc<'pairings'> | null> {
  return await ctx.db
    .query('pairings')
    .withIndex('by_tenant_and_request', (q) => q.eq('tenant', tenant).eq('request', request))
    .unique();
}

async function isPaired(ctx: QueryCtx, name: DeviceName): Promise<boolean> {
  const device = await deviceNamed(ctx, name);
  return device?.tokenHash !== undefined && device.revokedAt === undefined;
}
