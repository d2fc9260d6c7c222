/**
 * Finds rows by their public names, within a tenant.
 */
import type { Doc, Id } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';
import { refusal } from './errors.ts';

/** As rows store it. Undefined: the tenant `default`. */
export type Tenant = string | undefined;

/** The field of a row. */
export function ofTenant(tenant: Tenant): { tenant?: string } {
  return tenant === undefined ? {} : { tenant };
}

/** Unique within its tenant. */
export interface DeviceName {
  tenant: Tenant;
  name: string;
}

export async function deviceNamed(ctx: QueryCtx, { tenant, name }: DeviceName): Promise<Doc<'devices'> | null> {
  return await ctx.db
    .query('devices')
    .withIndex('by_tenant_and_name', (q) => q.eq('tenant', tenant).eq('name', name))
    .unique();
}

/** @throws `device_unknown`: a mistyped name must not create a device */
export async function knownDevice(ctx: QueryCtx, name: DeviceName): Promise<Doc<'devices'>> {
  const device = await deviceNamed(ctx, name);
  if (!device) throw refusal('device_unknown', `There is no device named ${name.name}.`);
  return device;
}

export async function deviceByTokenHash(
  ctx: QueryCtx,
  { tenant, tokenHash }: { tenant: Tenant; tokenHash: string },
): Promise<Doc<'devices'> | null> {
  return await ctx.db
    .query('devices')
    .withIndex('by_tenant_and_tokenHash', (q) => q.eq('tenant', tenant).eq('tokenHash', tokenHash))
    .unique();
}

/** A turn's id is unique only within its device: another device may have used the same. */
export interface TurnName {
  deviceId: Id<'devices'>;
  turn: string;
}

export async function turnNamed(ctx: QueryCtx, { deviceId, turn }: TurnName): Promise<Doc<'turns'> | null> {
  return await ctx.db
    .query('turns')
    .withIndex('by_device_and_turn', (q) => q.eq('deviceId', deviceId).eq('turn', turn))
    .unique();
}

export async function recordingOf(ctx: QueryCtx, name: TurnName): Promise<Doc<'recordings'> | null> {
  return (await ownRecording(ctx, name.deviceId, name.turn)) ?? (await firstRecording(ctx, name));
}

/** Those of many turns, in their order. */
export async function recordingsOf(ctx: QueryCtx, turns: readonly TurnName[]): Promise<(Doc<'recordings'> | null)[]> {
  const anyWithoutDevice = await ctx.db
    .query('recordings')
    .withIndex('by_device', (q) => q.eq('deviceId', undefined))
    .first();
  const find = anyWithoutDevice
    ? (name: TurnName) => recordingOf(ctx, name)
    : ({ deviceId, turn }: TurnName) => ownRecording(ctx, deviceId, turn);
  return await Promise.all(turns.map(find));
}

async function ownRecording(
  ctx: QueryCtx,
  deviceId: Id<'devices'> | undefined,
  turn: string,
): Promise<Doc<'recordings'> | null> {
  return await ctx.db
    .query('recordings')
    .withIndex('by_device_and_turn', (q) => q.eq('deviceId', deviceId).eq('turn', turn))
    .unique();
}

/** A recording without a device belongs to the device that used the id first. It is from before there were tenants. */
async function firstRecording(ctx: QueryCtx, { deviceId, turn }: TurnName): Promise<Doc<'recordings'> | null> {
  const first = await ctx.db
    .query('turns')
    .withIndex('by_tenant_and_turn', (q) => q.eq('tenant', undefined).eq('turn', turn))
    .first();
  return first?.deviceId === deviceId ? await ownRecording(ctx, undefined, turn) : null;
}

export async function replyNamed(
  ctx: QueryCtx,
  { tenant, key }: { tenant: Tenant; key: string },
): Promise<Doc<'replies'> | null> {
  return await ctx.db
    .query('replies')
    .withIndex('by_tenant_and_key', (q) => q.eq('tenant', tenant).eq('key', key))
    .unique();
}
