/**
 * Keeps the rows of `turnFigures` as the turns are: each turn that is over counts in its hour and its day, for its device and for all devices. A
 * change of a turn takes back what it counted before, so a turn that is recorded again counts once.
 */
import type { Doc, Id } from './_generated/dataModel.d.ts';
import type { MutationCtx } from './_generated/server.js';
import { countHours } from './activity.ts';
import { ofTenant, type Tenant } from './lookup.ts';
import { addDuration, type Sketch, sumOf } from './sketch.ts';

/** Of the periods; days are those of UTC. */
export const LENGTH_MS = { hour: 60 * 60_000, day: 24 * 60 * 60_000 } as const;
type Unit = keyof typeof LENGTH_MS;

/** How a turn counts: 1 as it is now, -1 as it was before. */
export interface CountedTurn {
  turn: Doc<'turns'>;
  by: 1 | -1;
}

interface Period {
  tenant: Tenant;
  /** Undefined: of all devices. */
  deviceId: Id<'devices'> | undefined;
  unit: Unit;
  startsAt: number;
}

interface Change extends Period {
  turns: number;
  errors: number;
  stages: Record<string, Sketch>;
}

export async function countTurns(ctx: MutationCtx, turns: readonly CountedTurn[]): Promise<void> {
  const changes = changesBy(turns).filter(({ turns, errors, stages }) => turns || errors || !isEmpty(stages));
  for (const change of changes) {
    await apply(ctx, change);
    const { tenant, deviceId, unit } = change;
    if (deviceId && unit === 'hour') await countHours(ctx, { ...ofTenant(tenant), deviceId }, change);
  }
}

/** Rows of a version without figures, and turns that go on, do not count. */
function isCounted({ hasError, outcome }: Doc<'turns'>): boolean {
  return hasError !== undefined && outcome !== undefined;
}

/** All changes of one row together. */
function changesBy(turns: readonly CountedTurn[]): Change[] {
  const changes = new Map<string, Change>();
  for (const { turn, by } of turns) {
    if (!isCounted(turn)) continue;
    for (const period of periodsOf(turn)) {
      const key = JSON.stringify(period);
      const change = changes.get(key) ?? { ...period, turns: 0, errors: 0, stages: {} };
      changes.set(key, change);
      change.turns += by;
      if (turn.hasError) change.errors += by;
      for (const [stage, ms] of Object.entries(turn.latencyMs ?? {})) {
        const sketch = change.stages[stage] ?? {};
        change.stages[stage] = sketch;
        addDuration(sketch, ms, by);
      }
    }
  }
  return [...changes.values()].map((change) => ({ ...change, stages: sumOfStages(change.stages) }));
}

function periodsOf({ tenant, deviceId, startedAt }: Doc<'turns'>): Period[] {
  const units = Object.entries(LENGTH_MS) as [Unit, number][];
  return units.flatMap(([unit, lengthMs]) => {
    const startsAt = Math.floor(startedAt / lengthMs) * lengthMs;
    return [deviceId, undefined].map((owner) => ({ tenant, deviceId: owner, unit, startsAt }));
  });
}

async function apply(ctx: MutationCtx, { tenant, deviceId, unit, startsAt, ...change }: Change): Promise<void> {
  const row = await ctx.db
    .query('turnFigures')
    .withIndex('by_tenant_device_unit_and_startsAt', (q) =>
      q.eq('tenant', tenant).eq('deviceId', deviceId).eq('unit', unit).eq('startsAt', startsAt),
    )
    .unique();
  const turns = (row?.turns ?? 0) + change.turns;
  const errors = (row?.errors ?? 0) + change.errors;
  const stages = sumOfStages(row?.stages ?? {}, change.stages);
  if (!row) {
    const owner = { ...ofTenant(tenant), ...(deviceId && { deviceId }) };
    await ctx.db.insert('turnFigures', { ...owner, unit, startsAt, turns, errors, stages });
  } else if (turns === 0) await ctx.db.delete(row._id);
  else await ctx.db.patch(row._id, { turns, errors, stages });
}

export function sumOfStages(...all: readonly Record<string, Sketch>[]): Record<string, Sketch> {
  const names = new Set(all.flatMap((stages) => Object.keys(stages)));
  const sums = [...names].map((name) => [name, sumOf(...all.map((stages) => stages[name] ?? {}))] as const);
  return Object.fromEntries(sums.filter(([, sketch]) => !isEmpty(sketch)));
}

function isEmpty(record: object): boolean {
  return Object.keys(record).length === 0;
}
