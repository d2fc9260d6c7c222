/**
 * Keeps the rows of `turnFigures` as the turns are: each turn that is over counts in its hour and its day, for its device and for all devices. A
 * change of a turn takes back what it counted before, so a turn that is recorded again counts once.
 *
 * The rows of all devices would be written by every turn that ends, and transactions that write the same row run one after the other. So there are
 * several of each, and each gateway has its own: it may take back in its row what another has counted in another one. Their sum counts.
 */
import type { Doc, Id } from './_generated/dataModel.d.ts';
import type { MutationCtx } from './_generated/server.js';
import { countHours } from './activity.ts';
import { ofTenant, type Tenant } from './lookup.ts';
import { addDuration, type Sketch, sumOf } from './sketch.ts';

/** Of the periods; days are those of UTC. */
export const LENGTH_MS = { hour: 60 * 60_000, day: 24 * 60 * 60_000 } as const;
type Unit = keyof typeof LENGTH_MS;
/** Rows of all devices for each hour and day. Whoever reads them reads as many times more. */
export const FIGURE_SHARDS = 8;
/** After the end of a period. */
const SETTLED_AFTER_MS = 60 * 60_000;

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

/** @param shard any whole number, of a gateway always the same: chooses the rows of all devices in which it is counted */
export async function countTurns(ctx: MutationCtx, turns: readonly CountedTurn[], shard?: number): Promise<void> {
  const changes = changesBy(turns).filter(({ turns, errors, stages }) => turns || errors || !isEmpty(stages));
  for (const change of changes) {
    await apply(ctx, change, change.deviceId ? undefined : shardOf(shard));
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

function shardOf(number: number | undefined): number | undefined {
  return number !== undefined && Number.isSafeInteger(number) ? Math.abs(number) % FIGURE_SHARDS : undefined;
}

/** Once a period is over, hardly anything writes its rows: then they are put together. */
async function apply(ctx: MutationCtx, change: Change, shard: number | undefined): Promise<void> {
  const { tenant, deviceId, unit, startsAt } = change;
  const isOver = startsAt + LENGTH_MS[unit] + SETTLED_AFTER_MS < Date.now();
  const [row, ...others] = isOver ? await rowsOf(ctx, change) : await rowsOf(ctx, change, { shard });
  const all = [change, ...(row ? [row] : []), ...others];
  const turns = all.reduce((sum, each) => sum + each.turns, 0);
  const errors = all.reduce((sum, each) => sum + each.errors, 0);
  const stages = sumOfStages(...all.map((each) => each.stages));
  for (const other of others) await ctx.db.delete(other._id);
  if (!row) {
    const owner = { ...ofTenant(tenant), ...(deviceId && { deviceId }), ...(shard !== undefined && { shard }) };
    await ctx.db.insert('turnFigures', { ...owner, unit, startsAt, turns, errors, stages });
  } else if (turns === 0 && errors === 0 && isEmpty(stages)) await ctx.db.delete(row._id);
  else await ctx.db.patch(row._id, { turns, errors, stages });
}

/** @param only the row of this shard; default: all */
async function rowsOf(
  ctx: MutationCtx,
  { tenant, deviceId, unit, startsAt }: Period,
  only?: { shard: number | undefined },
): Promise<Doc<'turnFigures'>[]> {
  return await ctx.db
    .query('turnFigures')
    .withIndex('by_tenant_device_unit_startsAt_and_shard', (q) => {
      const ofPeriod = q.eq('tenant', tenant).eq('deviceId', deviceId).eq('unit', unit).eq('startsAt', startsAt);
      return only ? ofPeriod.eq('shard', only.shard) : ofPeriod;
    })
    .collect();
}

export function sumOfStages(...all: readonly Record<string, Sketch>[]): Record<string, Sketch> {
  const names = new Set(all.flatMap((stages) => Object.keys(stages)));
  const sums = [...names].map((name) => [name, sumOf(...all.map((stages) => stages[name] ?? {}))] as const);
  return Object.fromEntries(sums.filter(([, sketch]) => !isEmpty(sketch)));
}

function isEmpty(record: object): boolean {
  return Object.keys(record).length === 0;
}
