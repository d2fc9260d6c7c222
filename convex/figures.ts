/**
 * Figures of the fleet: turns, errors and latencies by hour or day, from rows that are kept while turns are recorded (count-turns.ts).
 */
import { type Infer, v } from 'convex/values';
import type { Doc } from './_generated/dataModel.d.ts';
import { query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { FIGURE_SHARDS, LENGTH_MS, sumOfStages } from './count-turns.ts';
import { ownerOf } from './find-turn.ts';
import { countIn, quantileOf, type Sketch } from './sketch.ts';

/** A longer time is told by days. */
const MAX_BY_HOURS_MS = 3 * LENGTH_MS.day;
const MAX_PERIODS = 400;

const quantiles = v.object({ count: v.number(), p50Ms: v.number(), p95Ms: v.number() });
type Quantiles = Infer<typeof quantiles>;
const stageFigures = v.record(v.string(), quantiles);
const counted = { turns: v.number(), errors: v.number(), stages: stageFigures };
const fleetFigures = v.object({
  unit: v.union(v.literal('hour'), v.literal('day')),
  /** Oldest first; those without turns are left out. Days begin at midnight UTC. */
  periods: v.array(v.object({ startsAt: v.number(), ...counted })),
  /** Of all periods together. */
  total: v.object(counted),
});
export type FleetFigures = Infer<typeof fleetFigures>;
type Period = Pick<Doc<'turnFigures'>, 'startsAt' | 'turns' | 'errors' | 'stages'>;

/**
 * Of one device, or of all, from the period on that has `sinceMs` in it: by hours for up to three days, else by days, of which the newest 400
 * are told. Quantiles are within 5 %. `stages` has those of `latencyMs` that were measured.
 */
export const fleet = query({
  args: { sinceMs: v.number(), device: v.optional(v.string()) },
  returns: fleetFigures,
  handler: async (ctx, args) => {
    const caller = await requireRole(ctx, 'figures:fleet');
    const device = await ownerOf(ctx, caller, args.device);
    const unit = Date.now() - args.sinceMs <= MAX_BY_HOURS_MS ? ('hour' as const) : ('day' as const);
    const first = Math.floor(args.sinceMs / LENGTH_MS[unit]) * LENGTH_MS[unit];
    const rows = await ctx.db
      .query('turnFigures')
      .withIndex('by_tenant_device_unit_startsAt_and_shard', (q) =>
        q.eq('tenant', caller.tenant).eq('deviceId', device?._id).eq('unit', unit).gte('startsAt', first),
      )
      .order('desc')
      .take(MAX_PERIODS * (device ? 1 : FIGURE_SHARDS + 1));
    const periods = periodsIn(rows).slice(0, MAX_PERIODS).toReversed();
    const sum = (count: (row: Period) => number) => periods.reduce((all, row) => all + count(row), 0);
    return {
      unit,
      periods: periods.map(({ startsAt, turns, errors, stages }) => ({
        ...{ startsAt, turns, errors },
        stages: quantilesOf(stages),
      })),
      total: {
        turns: sum(({ turns }) => turns),
        errors: sum(({ errors }) => errors),
        stages: quantilesOf(sumOfStages(...periods.map(({ stages }) => stages))),
      },
    };
  },
});

/** The sums of the rows of each period, in the order of the rows. */
function periodsIn(rows: readonly Period[]): Period[] {
  const periods = new Map<number, Period>();
  for (const { startsAt, turns, errors, stages } of rows) {
    const period = periods.get(startsAt) ?? { startsAt, turns: 0, errors: 0, stages: {} };
    period.turns += turns;
    period.errors += errors;
    period.stages = sumOfStages(period.stages, stages);
    periods.set(startsAt, period);
  }
  return [...periods.values()].filter(({ turns }) => turns > 0);
}

function quantilesOf(stages: Record<string, Sketch>): Record<string, Quantiles> {
  const all = Object.entries(stages).map(([stage, sketch]) => {
    const [p50Ms = 0, p95Ms = 0] = [quantileOf(sketch, 0.5), quantileOf(sketch, 0.95)];
    return [stage, { count: countIn(sketch), p50Ms, p95Ms }] as const;
  });
  return Object.fromEntries(all);
}
