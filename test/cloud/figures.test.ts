/**
 * Figures of the fleet are kept while turns are recorded, again and again, late, changed and deleted: they are always those of the turns that there are.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import { api, internal } from '../../convex/_generated/api.js';
import type { Doc } from '../../convex/_generated/dataModel.d.ts';
import { sumOfStages } from '../../convex/count-turns.ts';
import { addDuration, countIn, quantileOf, type Sketch, sumOf } from '../../convex/sketch.ts';
import type { CloudTurnRecord } from '../../convex/turns.ts';
import {
  asGateway,
  asOperator,
  functions,
  mockTime,
  scheduledAreDone,
  turnRecord,
} from '../support/convex-functions.ts';
import fc from '../support/fast-check.ts';

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = 20_000 * DAY_MS + 13.5 * HOUR_MS;

const durations = fc.array(fc.double({ min: 0.02, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 200 });

function sketchOf(values: readonly number[]): Sketch {
  const sketch: Sketch = {};
  for (const ms of values) addDuration(sketch, ms, 1);
  return sketch;
}

test('a quantile of a sketch is within 5 % of the true one', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(0, 0.5, 0.95, 1), (values, share) => {
      const wanted = values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0;
      const found = quantileOf(sketchOf(values), share) ?? 0;
      assert.ok(Math.abs(found - wanted) <= wanted * 0.0501, `${found} for ${wanted}`);
    }),
    { seed: 1 },
  );
  assert.equal(quantileOf({}, 0.5), undefined);
});

test('sketches are added and subtracted; what is no duration is left out', () => {
  fc.assert(
    fc.property(durations, durations, (a, b) => {
      const both = sumOf(sketchOf(a), sketchOf(b));
      assert.equal(countIn(both), a.length + b.length);
      const negative: Sketch = {};
      for (const ms of b) addDuration(negative, ms, -1);
      assert.deepEqual(sumOf(both, negative), sketchOf(a));
    }),
    { seed: 1 },
  );
  assert.deepEqual(sketchOf([Number.NaN, Number.POSITIVE_INFINITY]), {});
  assert.equal(countIn(sketchOf([-5, 0, 1e300])), 3);
});

test('hours and days, of one device and of all, with the stages that were measured', async () => {
  const time = mockTime(NOW_MS);
  const t = functions();
  const tell = (device: string, changes: Partial<CloudTurnRecord>) =>
    asGateway(t).mutation(api.turns.record, { device, record: turnRecord({ startedAt: NOW_MS, ...changes }) });
  await tell('kitchen', { outcome: 'done', latencyMs: { total: 200, uplink: 10 } });
  await tell('kitchen', { outcome: 'done', latencyMs: { total: 400 }, startedAt: NOW_MS - HOUR_MS });
  await tell('cellar', { outcome: 'failed', startedAt: NOW_MS - 10 * DAY_MS });
  await tell('cellar', { state: 'streaming' });
  const of = async (sinceMs: number, device?: string) => {
    const { unit, periods, total } = await asOperator(t).query(api.figures.fleet, {
      sinceMs,
      ...(device && { device }),
    });
    const near = (ms: number | undefined) => ms && Math.round(ms / 50) * 50;
    return {
      unit,
      periods: periods.map(({ startsAt, turns, errors, stages }) => [
        startsAt,
        turns,
        errors,
        near(stages.total?.p50Ms),
      ]),
      total: [total.turns, total.errors, total.stages.total?.count, total.stages.uplink?.count],
    };
  };
  const hour = Math.floor(NOW_MS / HOUR_MS) * HOUR_MS;
  const day = Math.floor(NOW_MS / DAY_MS) * DAY_MS;
  assert.deepEqual(await of(NOW_MS - 2 * HOUR_MS), {
    unit: 'hour',
    periods: [
      [hour - HOUR_MS, 1, 0, 400],
      [hour, 1, 0, 200],
    ],
    total: [2, 0, 2, 1],
  });
  assert.deepEqual(await of(NOW_MS - 30 * DAY_MS), {
    unit: 'day',
    periods: [
      [day - 10 * DAY_MS, 1, 1, undefined],
      [day, 2, 0, 200],
    ],
    total: [3, 1, 2, 1],
  });
  assert.deepEqual((await of(NOW_MS - 30 * DAY_MS, 'cellar')).total, [1, 1, undefined, undefined]);
  assert.deepEqual((await of(NOW_MS, 'cellar')).periods, []);
  time.restore();
});

interface Step {
  turn: number;
  device: string;
  startedAt: number;
  outcome: CloudTurnRecord['outcome'];
  ms: number | undefined;
  /** Of the gateway that records it. */
  shard: number | undefined;
  does: 'record' | 'record twice' | 'remove' | 'sweep' | 'remove device';
}

const step: fc.Arbitrary<Step> = fc.record({
  turn: fc.integer({ min: 0, max: 5 }),
  device: fc.constantFrom('kitchen', 'cellar'),
  startedAt: fc.integer({ min: 0, max: 4 }).map((hours) => NOW_MS - hours * 13 * HOUR_MS),
  outcome: fc.constantFrom(undefined, 'done', 'failed', 'aborted'),
  ms: fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: undefined }),
  shard: fc.constantFrom(undefined, 0, 1, 9),
  does: fc.oneof(
    { weight: 8, arbitrary: fc.constant('record' as const) },
    { weight: 2, arbitrary: fc.constant('record twice' as const) },
    { weight: 2, arbitrary: fc.constant('remove' as const) },
    { weight: 1, arbitrary: fc.constantFrom('sweep' as const, 'remove device' as const) },
  ),
});

/** Of the rows of each period: gateways count in different ones. */
function sumsOf(rows: readonly Doc<'turnFigures'>[]) {
  const sums = new Map<string, Doc<'turnFigures'>>();
  for (const row of rows) {
    const key = JSON.stringify([row.deviceId, row.unit, row.startsAt]);
    const sum = sums.get(key) ?? { ...row, turns: 0, errors: 0, stages: {} };
    const [turns, errors] = [sum.turns + row.turns, sum.errors + row.errors];
    sums.set(key, { ...sum, turns, errors, stages: sumOfStages(sum.stages, row.stages) });
  }
  return [...sums.values()];
}

/** What the rows must be, from the turns that there are. */
async function counted(t: ReturnType<typeof functions>) {
  return await t.run(async (ctx) => {
    const rows = await ctx.db.query('turnFigures').collect();
    const turns = (await ctx.db.query('turns').collect()).filter(({ outcome }) => outcome !== undefined);
    const lengths = { hour: HOUR_MS, day: DAY_MS };
    const sums = sumsOf(rows);
    const wanted = sums.map(({ deviceId, unit, startsAt }) => {
      const mine = turns.filter(
        (turn) =>
          (deviceId === undefined || turn.deviceId === deviceId) &&
          Math.floor(turn.startedAt / lengths[unit]) * lengths[unit] === startsAt,
      );
      const total = sketchOf(mine.flatMap(({ latencyMs }) => latencyMs?.total ?? []));
      return {
        turns: mine.length,
        errors: mine.filter(({ outcome }) => outcome === 'failed').length,
        stages: countIn(total) > 0 ? { total } : {},
      };
    });
    const found = sums.map(({ turns, errors, stages }) => ({ turns, errors, stages }));
    const ofAll = rows.filter(({ deviceId, unit }) => !deviceId && unit === 'day');
    return { rows: rows.length, found, wanted, all: [ofAll.reduce((sum, row) => sum + row.turns, 0), turns.length] };
  });
}

test('whatever is recorded, again, changed, deleted or too old, the figures are those of the turns that there are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const time = mockTime(NOW_MS);
      const t = functions();
      const ids = Array.from({ length: 6 }, () => uuidv7());
      for (const { turn: i, device, startedAt, outcome, ms, shard, does } of steps) {
        const turn = ids[i] ?? '';
        const record = turnRecord({
          ...{ turn, startedAt },
          ...(outcome && { outcome }),
          ...(ms !== undefined && { latencyMs: { total: ms } }),
        });
        if (does === 'sweep') {
          time.set(NOW_MS + 91 * DAY_MS);
          await t.mutation(internal.retention.sweep, { table: 'turns' });
        } else if (does === 'remove device') {
          await asOperator(t)
            .mutation(api.devices.remove, { device })
            .catch(() => undefined);
        } else if (does === 'remove') {
          await asOperator(t)
            .mutation(api.turns.remove, { device, turn })
            .catch(() => undefined);
        } else {
          for (let n = does === 'record twice' ? 2 : 1; n > 0; n--) {
            await asGateway(t).mutation(api.turns.record, { device, record, ...(shard !== undefined && { shard }) });
          }
        }
        await scheduledAreDone(t);
        const { rows, found, wanted, all } = await counted(t);
        if (does === 'sweep') assert.equal(rows, 0, 'rows are left of turns that are deleted');
        assert.deepEqual(found, wanted);
        assert.equal(all[0], all[1]);
      }
      time.restore();
    }),
    { numRuns: 25, seed: 3 },
  );
});
