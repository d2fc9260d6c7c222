/**
 * Devices that appear by what they do: by pairing, or, on an open gateway, by the first thing that is recorded of them.
 */
import { isName, MAX_NAME_LENGTH } from '../src/protocol/bounds.ts';
import type { Doc } from './_generated/dataModel.d.ts';
import type { MutationCtx } from './_generated/server.js';
import { refusal } from './errors.ts';
import { type DeviceName, deviceNamed, ofTenant } from './lookup.ts';
import { notePresence } from './presence.ts';
import { removalOf } from './removals.ts';

/**
 * The device that something is recorded of. Null: the device was deleted later than that happened (`at`, ms since 1970), so it is not stored.
 */
export async function recordedDevice(ctx: MutationCtx, name: DeviceName, at: number): Promise<Doc<'devices'> | null> {
  const known = await deviceNamed(ctx, name);
  const removedAt = known ? known.removedAt : (await removalOf(ctx, name))?.removedAt;
  if (removedAt !== undefined && at <= removedAt) return null;
  return known ?? (await ensureDevice(ctx, name));
}

/**
 * The device that something is stored for which has no time. Null: it was deleted, and has not connected since (then there is a record of its
 * session), so it is not stored.
 */
export async function deviceInUse(ctx: MutationCtx, name: DeviceName): Promise<Doc<'devices'> | null> {
  const known = await deviceNamed(ctx, name);
  if (known) return known;
  return (await removalOf(ctx, name)) ? null : await ensureDevice(ctx, name);
}

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
  const removedAt = (await removalOf(ctx, { tenant, name }))?.removedAt;
  const removed = removedAt === undefined ? {} : { removedAt };
  const id = await ctx.db.insert('devices', { ...ofTenant(tenant), name, settings: {}, ...removed });
  const created = await ctx.db.get('devices', id);
  if (!created) throw refusal('device_unknown', `The device ${name} could not be created.`);
  await notePresence(ctx, created, { lastSeenAt: Date.now() });
  return created;
}
