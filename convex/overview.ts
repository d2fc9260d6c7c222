/**
 * A device for people who look after many: whether it is there, what its newest turn does, and how many turns and errors it had.
 */
import { type Infer, v } from 'convex/values';
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';
import { activitiesOf, type NewestTurn, newestBefore } from './activity.ts';
import { connectionsOf, openSessionIn, reportedIn } from './connections.ts';
import { livingGateways } from './gateways.ts';
import type { Tenant } from './lookup.ts';
import { presenceIn, presencesOf } from './presence.ts';
import { deviceSettings, muter, turnError, turnOutcome, turnState } from './values.ts';

/** With those of devices that are being deleted. */
const MAX_ROWS = 2_000;

export const overviewDevice = v.object({
  name: v.string(),
  model: v.optional(v.string()),
  software: v.optional(v.string()),
  paired: v.boolean(),
  pairedAt: v.optional(v.number()),
  revokedAt: v.optional(v.number()),
  tokenExpiresAt: v.optional(v.number()),
  lastSeenAt: v.number(),
  /** It has a session. */
  isOnline: v.boolean(),
  /** When that session began. */
  since: v.optional(v.number()),
  /** What it can do, and who has muted it, as it told last. */
  features: v.optional(v.array(v.string())),
  mutedBy: v.optional(muter),
  /** What its newest turn does now; missing: it had none. */
  state: v.optional(turnState),
  lastTurn: v.optional(
    v.object({
      turn: v.string(),
      startedAt: v.number(),
      outcome: v.optional(turnOutcome),
      error: v.optional(turnError),
    }),
  ),
  settings: deviceSettings,
  turnsToday: v.number(),
  errorsToday: v.number(),
});
type OverviewDevice = Infer<typeof overviewDevice>;

/** Of so many devices; it reads five ranges of rows. @param sinceMs when today began */
export async function overviewOf(
  ctx: QueryCtx,
  { tenant, devices, sinceMs }: { tenant: Tenant; devices: readonly Doc<'devices'>[]; sinceMs: number },
): Promise<OverviewDevice[]> {
  const presences = byDevice(await presencesOf(ctx, tenant, MAX_ROWS));
  const connections = byDevice(await connectionsOf(ctx, tenant, MAX_ROWS));
  const activities = byDevice(await activitiesOf(ctx, tenant, MAX_ROWS));
  const living = await livingGateways(ctx, tenant);
  return await Promise.all(
    devices.map(async (device) => {
      const presence = presences.get(device._id) ?? null;
      const row = connections.get(device._id) ?? null;
      const session = await openSessionIn(ctx, { row, presence, device, living });
      const activity = activities.get(device._id);
      const newest = activity ? activity.newest : await newestBefore(ctx, device._id);
      const today = activity?.hours.filter(({ startsAt }) => startsAt >= sinceMs) ?? [];
      return {
        ...publicFields(device),
        ...presenceIn(presence, device),
        isOnline: session !== null,
        ...(row && reportedIn(row)),
        ...(session && { since: session.openedAt }),
        ...(newest && lastTurnOf(newest)),
        turnsToday: today.reduce((sum, { turns }) => sum + turns, 0),
        errorsToday: today.reduce((sum, { errors }) => sum + errors, 0),
      };
    }),
  );
}

function byDevice<Row extends { deviceId: string }>(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row.deviceId, row]));
}

function publicFields({ name, tokenHash, pairedAt, revokedAt, tokenExpiresAt, settings }: Doc<'devices'>) {
  return {
    name,
    paired: tokenHash !== undefined && revokedAt === undefined,
    ...(pairedAt !== undefined && { pairedAt }),
    ...(revokedAt !== undefined && { revokedAt }),
    ...(tokenExpiresAt !== undefined && { tokenExpiresAt }),
    settings,
  };
}

function lastTurnOf({ state, ...lastTurn }: NewestTurn): Pick<OverviewDevice, 'state' | 'lastTurn'> {
  return { state, lastTurn };
}
