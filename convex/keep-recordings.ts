/**
 * Whether the recordings of a device are kept at all: the choice for the device, or else that for all devices, or else yes.
 */
import { type Infer, v } from 'convex/values';
import type { Doc, Id } from './_generated/dataModel.d.ts';
import type { MutationCtx, QueryCtx } from './_generated/server.js';
import { ofTenant, type Tenant } from './lookup.ts';

const MAX_DEVICES = 1_000;

export const recordingChoice = v.object({
  keepRecordings: v.boolean(),
  /** Those with a choice of their own. */
  devices: v.array(v.object({ device: v.string(), keepRecordings: v.boolean() })),
});
export type RecordingChoices = Infer<typeof recordingChoice>;

export async function keepsRecordings(ctx: QueryCtx, { tenant, _id }: Doc<'devices'>): Promise<boolean> {
  const choice = (await choiceOf(ctx, tenant, _id)) ?? (await choiceOf(ctx, tenant, undefined));
  return choice?.keep ?? true;
}

export async function recordingChoices(ctx: QueryCtx, tenant: Tenant): Promise<RecordingChoices> {
  const rows = await ctx.db
    .query('recordingChoices')
    .withIndex('by_tenant_and_device', (q) => q.eq('tenant', tenant).gt('deviceId', undefined))
    .take(MAX_DEVICES);
  const devices = await Promise.all(
    rows.map(async ({ deviceId, keep }) => {
      const device = deviceId && (await ctx.db.get('devices', deviceId));
      return device ? [{ device: device.name, keepRecordings: keep }] : [];
    }),
  );
  return { keepRecordings: (await choiceOf(ctx, tenant, undefined))?.keep ?? true, devices: devices.flat() };
}

/** @param keep null removes the choice. @param deviceId undefined: for all devices */
export async function storeChoice(
  ctx: MutationCtx,
  { tenant, deviceId, keep }: { tenant: Tenant; deviceId: Id<'devices'> | undefined; keep: boolean | null },
): Promise<void> {
  const known = await choiceOf(ctx, tenant, deviceId);
  if (known && keep === null) await ctx.db.delete(known._id);
  else if (known && keep !== null) await ctx.db.patch(known._id, { keep });
  else if (keep !== null) {
    await ctx.db.insert('recordingChoices', { ...ofTenant(tenant), ...(deviceId && { deviceId }), keep });
  }
}

async function choiceOf(
  ctx: QueryCtx,
  tenant: Tenant,
  deviceId: Id<'devices'> | undefined,
): Promise<Doc<'recordingChoices'> | null> {
  return await ctx.db
    .query('recordingChoices')
    .withIndex('by_tenant_and_device', (q) => q.eq('tenant', tenant).eq('deviceId', deviceId))
    .unique();
}
