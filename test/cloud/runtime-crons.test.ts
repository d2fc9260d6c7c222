/** Crons: when they run, and what a restart makes of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCronExpression } from '../../src/cloud/runtime/cron-expression.ts';
import { parseSchedule } from '../../src/cloud/runtime/cron-schedule.ts';
import fc from '../support/fast-check.ts';
import { type OpenRuntime, openFunctions, temporaryFolder } from '../support/function-runtime.ts';
import { gates } from '../support/functions/runs.ts';
import { ready } from '../support/simulated-clock.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const at = (text: string) => Date.parse(`${text}Z`);
const START_MS = at('2027-01-15T00:00');
const source = new URL('../support/functions-with-crons/', import.meta.url);

/** `interval 00:10` */
const runsOf = async ({ query }: OpenRuntime) =>
  ((await query('notes:list')) as { text: string }[]).map(({ text }) =>
    text.replace(/ at (\d+)$/, (_, ms) => ` ${new Date(Number(ms)).toISOString().slice(8, 16)}`),
  );

test('intervals begin at once, others at their time; a restart neither repeats nor skips', async (t) => {
  gates.entered = () => {};
  gates.leave = async () => {};
  const folder = temporaryFolder(t);
  const clock = createVirtualClock(START_MS);
  const before = await openFunctions(t, { clock, folder, source });
  before.runtime.start();
  await ready();
  await clock.run(25 * MINUTE_MS);
  assert.deepEqual(await runsOf(before), [
    'interval 15T00:00',
    'cron',
    'after cron',
    'interval 15T00:10',
    'interval 15T00:20',
  ]);
  before.close();
  await clock.run(MINUTE_MS);

  const soon = await openFunctions(t, { clock, folder, source });
  soon.runtime.start();
  await ready();
  assert.equal((await runsOf(soon)).length, 5, 'nothing is due');
  await clock.run(4 * MINUTE_MS);
  assert.deepEqual((await runsOf(soon)).slice(5), ['interval 15T00:30']);
  soon.close();
  await clock.run(4 * HOUR_MS + 5 * MINUTE_MS);

  const late = await openFunctions(t, { clock, folder, source });
  late.runtime.start();
  await ready();
  const missed = (await runsOf(late)).slice(6).sort();
  assert.deepEqual(missed, ['after cron', 'cron', 'interval 15T04:35', 'night 15T04:35'], 'each once, however late');
  await clock.run(5 * MINUTE_MS);
  assert.deepEqual((await runsOf(late)).slice(10), ['interval 15T04:40'], 'and then at its own time');
});

test('one run of a cron at a time', async (t) => {
  const entered: string[] = [];
  let leave = (): void => {};
  gates.entered = (name) => entered.push(name);
  gates.leave = () =>
    new Promise((resolve) => {
      leave = resolve;
    });
  const clock = createVirtualClock(START_MS);
  const open = await openFunctions(t, { clock, source });
  open.runtime.start();
  await ready();
  await clock.run(5 * MINUTE_MS);
  assert.deepEqual(entered, ['cron']);
  leave();
  await clock.run(54 * MINUTE_MS);
  assert.deepEqual(entered, ['cron']);
  await clock.run(MINUTE_MS);
  assert.deepEqual(entered, ['cron', 'cron']);
});

test('a wall clock that is set back does not stop the crons', async (t) => {
  gates.leave = async () => {};
  const clock = createVirtualClock(START_MS + 365 * DAY_MS);
  const open = await openFunctions(t, { clock, source });
  open.runtime.start();
  await ready();
  await clock.run(MINUTE_MS);
  clock.setWallClock(START_MS);
  await clock.run(12 * MINUTE_MS);
  const runs = await runsOf(open);
  assert.ok(
    runs.some((run) => run.startsWith('interval 15T00:1')),
    runs.join(),
  );
});

test('schedules', () => {
  const next = (schedule: Parameters<typeof parseSchedule>[0]) =>
    new Date(parseSchedule(schedule).first(at('2026-11-26T03:30'))).toISOString().slice(0, 16);
  assert.equal(next({ type: 'hourly', minuteUTC: 5 }), '2026-11-26T04:05');
  assert.equal(next({ type: 'daily', hourUTC: 3, minuteUTC: 30 }), '2026-11-27T03:30');
  assert.equal(next({ type: 'weekly', dayOfWeek: 'sunday', hourUTC: 1 }), '2026-11-29T01:00');
  assert.equal(next({ type: 'monthly', day: 31, hourUTC: 0, minuteUTC: 1 }), '2026-12-31T00:01');
  assert.equal(next({ type: 'cron', cron: '*/15 9-17 * * mon-fri' }), '2026-11-26T09:00');
  assert.equal(next({ type: 'cron', cron: '0 0 29 2 *' }), '2028-02-29T00:00');
  assert.equal(next({ type: 'cron', cron: '0 12 13 * fri' }), '2026-11-27T12:00', 'either day');
  assert.equal(next({ type: 'cron', cron: '59 23 * jan,DEC 7' }), '2026-12-06T23:59');
  for (const cron of [
    '* * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '5-1 * * * *',
    '*/0 * * * *',
    '0 0 L * *',
    '0 0 30 2 *',
    '',
    'a b c d e',
  ]) {
    assert.throws(() => parseSchedule({ type: 'cron', cron }), Error, cron);
  }
});

test('property: the next time fits the expression, and no time before it does', () => {
  const field = (lowest: number, highest: number) =>
    fc.oneof(fc.constant('*'), fc.integer({ min: lowest, max: highest }).map(String), fc.constant('*/7'));
  const fits = (pattern: string, value: number, lowest: number) =>
    pattern === '*' || (pattern === '*/7' ? (value - lowest) % 7 === 0 : Number(pattern) === value);
  fc.assert(
    fc.property(
      field(0, 59),
      field(0, 23),
      field(1, 28),
      fc.integer({ min: START_MS, max: START_MS + 900 * DAY_MS }),
      (minute, hour, day, fromMs) => {
        const isDue = (ms: number) => {
          const date = new Date(ms);
          return (
            fits(minute, date.getUTCMinutes(), 0) &&
            fits(hour, date.getUTCHours(), 0) &&
            fits(day, date.getUTCDate(), 1)
          );
        };
        const foundMs = parseCronExpression(`${minute} ${hour} ${day} * *`).nextAfter(fromMs);
        assert.ok(foundMs > fromMs && isDue(foundMs) && foundMs % MINUTE_MS === 0);
        for (let ms = foundMs - MINUTE_MS, i = 0; ms > fromMs && i < 2_000; ms -= MINUTE_MS, i++) assert.ok(!isDue(ms));
      },
    ),
    { numRuns: 200 },
  );
});
