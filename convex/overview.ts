/**
 * A device for people who look after many: whether it is there, what its newest turn does, and how many turns and errors it had.
 */
import { type Infer, v } from 'convex/values';
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';
import { activityOf, type NewestTurn } from './activity.ts';
import { connectionOf, presenceOf } from './presence.ts';
import { deviceSettings, turnError, turnOutcome, turnState } from './values.ts';

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

/** @param sinceMs when today began */
export async function overviewOf(ctx: QueryCtx, device: Doc<'devices'>, sinceMs: number): Promise<OverviewDevice> {
  const { name, tokenHash, pairedAt, revokedAt, tokenExpiresAt, settings } = device;
  const connection = await connectionOf(ctx, device);
  const { newest, hours } = await activityOf(ctx, device._id);
  const today = hours.filter(({ startsAt }) => startsAt >= sinceMs);
  return {
    name,
    paired: tokenHash !== undefined && revokedAt === undefined,
    ...(pairedAt !== undefined && { pairedAt }),
    ...(revokedAt !== undefined && { revokedAt }),
    ...(tokenExpiresAt !== undefined && { tokenExpiresAt }),
    settings,
    ...(await presenceOf(ctx, device)),
    isOnline: connection !== null,
    ...(connection && { since: connection.openedAt }),
    ...(newest && lastTurnOf(newest)),
    turnsToday: today.reduce((sum, { turns }) => sum + turns, 0),
    errorsToday: today.reduce((sum, { errors }) => sum + errors, 0),
  };
}

function lastTurnOf({ state, ...lastTurn }: NewestTurn): Pick<OverviewDevice, 'state' | 'lastTurn'> {
  return { state, lastTurn };
}
