/**
 * Activity: what the newest turn of a device does, and how many turns it had of late. One row a device, so that a view of all devices reads no turns.
 */
import type { Doc, Id } from './_generated/dataModel.d.ts';
import type { MutationCtx, QueryCtx } from './_generated/server.js';
import { ofTenant, type Tenant } from './lookup.ts';

const HOUR_MS = 60 * 60_000;
/** A day of any time zone, and the hour that has begun. */
const MAX_HOURS = 25;

type Activity = Doc<'activity'>;
export type NewestTurn = NonNullable<Activity['newest']>;
export type HourCount = Activity['hours'][number];

/** A turn was recorded. One that began before the newest does not change it. */
export async function noteTurn(ctx: MutationCtx, turn: Doc<'turns'>): Promise<void> {
  const known = await rowOf(ctx, turn.deviceId);
  if (known?.newest && known.newest.turn !== turn.turn && known.newest.startedAt > turn.startedAt) return;
  await write(ctx, turn, known, { newest: newestOf(turn) });
}

/** Turns of an hour were counted, or are not counted any more. */
export async function countHours(
  ctx: MutationCtx,
  device: Pick<Activity, 'tenant' | 'deviceId'>,
  { startsAt, turns, errors }: HourCount,
): Promise<void> {
  if (startsAt <= Date.now() - MAX_HOURS * HOUR_MS) return;
  const known = await rowOf(ctx, device.deviceId);
  const before = known?.hours ?? [];
  const hour = before.find((each) => each.startsAt === startsAt) ?? { startsAt, turns: 0, errors: 0 };
  const counted = { startsAt, turns: hour.turns + turns, errors: hour.errors + errors };
  const hours = [...before.filter((each) => each !== hour), counted]
    .filter((each) => each.turns > 0)
    .sort((a, b) => b.startsAt - a.startsAt)
    .slice(0, MAX_HOURS);
  await write(ctx, device, known, { hours });
}

/** These turns were deleted. */
export async function forgetNewest(ctx: MutationCtx, deleted: readonly Doc<'turns'>[]): Promise<void> {
  const isDeleted = ({ turn }: NewestTurn, deviceId: Id<'devices'>) =>
    deleted.some((each) => each.deviceId === deviceId && each.turn === turn);
  for (const deviceId of new Set(deleted.map((turn) => turn.deviceId))) {
    const known = await rowOf(ctx, deviceId);
    if (!known?.newest || !isDeleted(known.newest, deviceId)) continue;
    const next = await newestTurn(ctx, deviceId);
    await ctx.db.patch(known._id, { newest: next ? newestOf(next) : undefined });
  }
}

/** Of all devices of a tenant that have recorded something since there are such rows. */
export async function activitiesOf(ctx: QueryCtx, tenant: Tenant, limit: number): Promise<Activity[]> {
  return await ctx.db
    .query('activity')
    .withIndex('by_tenant', (q) => q.eq('tenant', tenant))
    .take(limit);
}

/** What the device did before there were rows of activity. */
export async function newestBefore(ctx: QueryCtx, deviceId: Id<'devices'>): Promise<NewestTurn | undefined> {
  const turn = await newestTurn(ctx, deviceId);
  return turn ? newestOf(turn) : undefined;
}

function newestOf({ turn, startedAt, state, outcome, error }: Doc<'turns'>): NewestTurn {
  return { turn, startedAt, state, ...(outcome && { outcome }), ...(error && { error }) };
}

async function newestTurn(ctx: QueryCtx, deviceId: Id<'devices'>): Promise<Doc<'turns'> | null> {
  return await ctx.db
    .query('turns')
    .withIndex('by_device_and_startedAt', (q) => q.eq('deviceId', deviceId))
    .order('desc')
    .first();
}

async function write(
  ctx: MutationCtx,
  { tenant, deviceId }: Pick<Activity, 'tenant' | 'deviceId'>,
  known: Activity | null,
  changes: Partial<Pick<Activity, 'newest' | 'hours'>>,
): Promise<void> {
  if (known) await ctx.db.patch(known._id, changes);
  else await ctx.db.insert('activity', { ...ofTenant(tenant), deviceId, hours: [], ...changes });
}

async function rowOf(ctx: QueryCtx, deviceId: Id<'devices'>): Promise<Activity | null> {
  return await ctx.db
    .query('activity')
    .withIndex('by_device', (q) => q.eq('deviceId', deviceId))
    .unique();
}
