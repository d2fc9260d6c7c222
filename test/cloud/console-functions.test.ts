/**
 * What a console asks: the overview of devices, pages of turns, those that go on, and the search.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, internal } from '../../convex/_generated/api.js';
import type { CloudTurnRecord } from '../../convex/turns.ts';
import {
  asGateway,
  asOperator,
  functions,
  mockTime,
  refusedAs,
  scheduledAreDone,
  turnRecord,
} from '../support/convex-functions.ts';

const HOUR_MS = 60 * 60_000;
const NOW_MS = 500_000 * HOUR_MS;

const record = (t: ReturnType<typeof functions>, changes: Partial<CloudTurnRecord> = {}, device = 'kitchen') => {
  const told = turnRecord({ startedAt: NOW_MS, ...changes });
  return asGateway(t)
    .mutation(api.turns.record, { device, record: told })
    .then(() => told);
};
const overview = async (t: ReturnType<typeof functions>, sinceMs = NOW_MS - 24 * HOUR_MS) =>
  (await asOperator(t).query(api.devices.overview, { sinceMs })).devices;
const error = { code: 'cloud_timeout', message: 'no answer' };

test('the overview tells what the newest turn of a device does, and counts those of today', async () => {
  const time = mockTime(NOW_MS);
  const t = functions();
  const first = await record(t, { state: 'processing' });
  const [running] = await overview(t);
  assert.deepEqual(running?.lastTurn, { turn: first.turn, startedAt: NOW_MS });
  assert.deepEqual([running?.state, running?.turnsToday, running?.errorsToday], ['processing', 0, 0]);
  for (const _ of [1, 2]) await record(t, { ...first, state: 'error', outcome: 'failed', error });
  // It was spoken before, and arrives now.
  await record(t, { startedAt: NOW_MS - 3 * HOUR_MS, outcome: 'done', offline: true });
  const [after] = await overview(t);
  assert.deepEqual(after?.lastTurn, { turn: first.turn, startedAt: NOW_MS, outcome: 'failed', error });
  assert.deepEqual([after?.state, after?.turnsToday, after?.errorsToday], ['error', 2, 1]);
  const [ofTwoHours] = await overview(t, NOW_MS - 2 * HOUR_MS);
  assert.deepEqual([ofTwoHours?.turnsToday, ofTwoHours?.errorsToday], [1, 1]);
  time.restore();
});

test('the devices of a gateway that was killed are not there: its lease expires, and another one ends it', async () => {
  const time = mockTime(NOW_MS);
  const t = functions();
  const renew = (gateway: string) => asGateway(t).mutation(api.gateways.renew, { gateway });
  const there = async () => (await overview(t))[0]?.isOnline;
  const session = { device: 'kitchen', session: 's1', openedAt: NOW_MS, gateway: 'first' };
  await asGateway(t).mutation(api.sessions.record, session);
  assert.equal(await there(), false, 'its gateway has not said that it lives');
  await renew('first');
  assert.equal(await there(), true);
  for (let i = 1; i <= 4; i++) {
    time.set(NOW_MS + i * 30_000);
    await renew('first');
    await renew('second');
    assert.equal(await there(), true);
  }
  time.set(NOW_MS + 4 * 30_000 + 45_001);
  await renew('second');
  assert.equal(await there(), false);
  await renew('first');
  assert.equal(await there(), true, 'it was only without a connection to the cloud');
  time.restore();
});

test('a device is there while it has a session, also of a version that did not store that', async () => {
  const t = functions();
  const session = { device: 'kitchen', session: 's1', openedAt: 1_000 };
  const closed = { at: 5_000, code: 1_000, reason: 'bye' };
  const there = async () => {
    const [device] = await overview(t);
    return [device?.isOnline, device?.since];
  };
  await asGateway(t).mutation(api.sessions.record, session);
  assert.deepEqual(await there(), [true, 1_000]);
  await t.run(async (ctx) => {
    for (const row of await ctx.db.query('presence').collect()) await ctx.db.patch(row._id, { connection: undefined });
  });
  assert.deepEqual(await there(), [true, 1_000]);
  await asGateway(t).mutation(api.sessions.record, { ...session, session: 's2', openedAt: 3_000 });
  // The end of the session before is told late.
  await asGateway(t).mutation(api.sessions.record, { ...session, closed });
  assert.deepEqual(await there(), [true, 3_000]);
  await asGateway(t).mutation(api.sessions.record, { ...session, session: 's2', openedAt: 3_000, closed });
  // And so is its beginning.
  await asGateway(t).mutation(api.sessions.record, { ...session, session: 's2', openedAt: 3_000 });
  assert.deepEqual(await there(), [false, undefined]);
});

test('a report says that the device was seen', async () => {
  const t = functions();
  const at = Date.now() + HOUR_MS;
  await asGateway(t).mutation(api.reports.add, { device: 'kitchen', at, figures: {} });
  assert.equal((await overview(t))[0]?.lastSeenAt, at);
});

test('pages have each turn once, newest first, while others come in; filters have the same order', async () => {
  const t = functions();
  const told: CloudTurnRecord[] = [];
  for (let i = 0; i < 40; i++) {
    const outcome = i % 4 === 0 ? 'failed' : i % 4 === 1 ? 'aborted' : 'done';
    const changes = { startedAt: NOW_MS + i, outcome, ...(i % 8 === 1 && { error }) } as const;
    told.push(await record(t, changes, i % 3 === 0 ? 'cellar' : 'kitchen'));
  }
  type Filter = Omit<Parameters<typeof pageOf>[0], 'paginationOpts'>;
  const pageOf = (args: (typeof api.turns.page)['_args']) => asOperator(t).query(api.turns.page, args);
  const all = async (filter: Filter, between = async () => {}) => {
    const turns: string[] = [];
    for (let cursor: string | null = null, isDone = false; !isDone; ) {
      const found: Awaited<ReturnType<typeof pageOf>> = await pageOf({
        ...filter,
        paginationOpts: { cursor, numItems: 7 },
      });
      ({ isDone, continueCursor: cursor } = found);
      turns.push(...found.page.map(({ turn }) => turn));
      await between();
    }
    return turns;
  };
  const newestFirst = (fits: (i: number) => boolean) =>
    told
      .filter((_, i) => fits(i))
      .map(({ turn }) => turn)
      .toReversed();
  const hasError = (i: number) => i % 4 === 0 || i % 8 === 1;
  assert.deepEqual(
    await all({}, async () => void (await record(t, { startedAt: NOW_MS + 1_000, outcome: 'done' }, 'attic'))),
    newestFirst(() => true),
  );
  await asOperator(t).mutation(api.devices.remove, { device: 'attic' });
  await scheduledAreDone(t);
  for (const [filter, fits] of [
    [{ device: 'cellar' }, (i: number) => i % 3 === 0],
    [{ outcome: 'aborted' }, (i: number) => i % 4 === 1],
    [{ outcome: 'failed', device: 'cellar' }, (i: number) => i % 4 === 0 && i % 3 === 0],
    [{ hasError: true }, hasError],
    [{ hasError: false, device: 'kitchen' }, (i: number) => !hasError(i) && i % 3 !== 0],
    [{ hasError: true, outcome: 'aborted' }, (i: number) => i % 8 === 1],
    [{ sinceMs: NOW_MS + 30 }, (i: number) => i >= 30],
    [{ beforeMs: NOW_MS + 12 }, (i: number) => i < 12],
    [
      { sinceMs: NOW_MS + 5, beforeMs: NOW_MS + 30, hasError: true, device: 'kitchen' },
      (i: number) => i >= 5 && i < 30 && hasError(i) && i % 3 !== 0,
    ],
    [{ sinceMs: NOW_MS + 30, outcome: 'done', device: 'kitchen' }, (i: number) => i >= 30 && i % 4 > 1 && i % 3 !== 0],
  ] as [Filter, (i: number) => boolean][]) {
    assert.deepEqual(await all(filter), newestFirst(fits), JSON.stringify(filter));
  }
});

test('turns that go on are told until they are over, or a quarter of an hour long', async () => {
  const t = functions();
  const live = async () => (await asOperator(t).query(api.turns.live, {})).map(({ turn }) => turn);
  const first = await record(t, { startedAt: 1 });
  const second = await record(t, { startedAt: 2 }, 'cellar');
  assert.deepEqual(await live(), [second.turn, first.turn]);
  await record(t, { ...second, outcome: 'aborted' }, 'cellar');
  assert.deepEqual(await live(), [first.turn]);
  const time = mockTime(Date.now() + HOUR_MS / 4 + 1_000);
  assert.deepEqual(await live(), []);
  time.restore();
});

test('a search finds the words of both sides, of one device or of all, and not those that were deleted', async () => {
  const t = functions();
  const asked = await record(t, { transcript: 'will it rain in Vienna', replyText: 'It will be sunny' });
  const told = await record(t, { transcript: 'and in Graz', replyText: 'There it will rain' }, 'cellar');
  const both = await record(t, { transcript: 'rain', replyText: 'It never rains but it pours' });
  const found = async (text: string, device?: string) => {
    const turns = await asOperator(t).query(api.turns.search, { text, limit: 10, ...(device && { device }) });
    return turns.map(({ turn }) => turn).sort();
  };
  const ids = (...turns: CloudTurnRecord[]) => turns.map(({ turn }) => turn).sort();
  assert.deepEqual(await found('rai'), ids(asked, told, both));
  assert.deepEqual(await found('sunny'), ids(asked));
  assert.deepEqual(await found('rain', 'cellar'), ids(told));
  assert.deepEqual(await found('  '), []);
  await asOperator(t).mutation(api.turns.remove, { turn: told.turn, device: 'cellar' });
  assert.deepEqual(await found('rain'), ids(asked, both));
  await refusedAs('too_large', found('x'.repeat(1_001)));
  await refusedAs('device_unknown', found('x', 'attic'));
});

test('a turn that was deleted stays deleted, whatever is still told of it', async () => {
  const t = functions();
  const store = () => t.run((ctx) => ctx.storage.store(new Blob(['speech'])));
  const told = turnRecord({ outcome: 'done', transcript: 'hello' });
  const { turn } = told;
  const tell = async () =>
    asGateway(t).mutation(api.turns.record, {
      device: 'kitchen',
      record: told,
      recording: { storageId: await store(), durationMs: 20 },
    });
  await tell();
  const message = { turn, role: 'person', text: 'hello', at: 1_000 } as const;
  await asGateway(t).mutation(api.messages.record, { device: 'kitchen', message });
  await refusedAs(
    'turn_unknown',
    asOperator(t).mutation(api.turns.remove, { turn: turnRecord().turn, device: 'kitchen' }),
  );
  await asOperator(t).mutation(api.turns.remove, { turn, device: 'kitchen' });
  assert.deepEqual(await tell(), { created: false, recorded: true });
  await asGateway(t).mutation(api.messages.record, { device: 'kitchen', message });
  const left = await t.run(async (ctx) => ({
    turns: await ctx.db.query('turns').collect(),
    recordings: await ctx.db.query('recordings').collect(),
    messages: await ctx.db.query('messages').collect(),
    files: await ctx.db.system.query('_storage').collect(),
    figures: await ctx.db.query('turnFigures').collect(),
  }));
  assert.deepEqual(left, { turns: [], recordings: [], messages: [], files: [], figures: [] });
  assert.equal((await overview(t))[0]?.lastTurn, undefined);
});

test('recordings of devices for which that was chosen are not kept, and their turns are', async () => {
  const t = functions();
  const recorded = async (device: string) => {
    const storageId = await t.run((ctx) => ctx.storage.store(new Blob(['speech'])));
    const told = turnRecord({ outcome: 'done' });
    const recording = { storageId, durationMs: 20 };
    const answer = await asGateway(t).mutation(api.turns.record, { device, record: told, recording });
    assert.equal(answer.recorded, true);
    return (await asOperator(t).query(api.turns.get, { turn: told.turn, device })).recording !== null;
  };
  const choose = (keep: boolean | null, device?: string) =>
    asOperator(t).mutation(api.retention.keepRecordings, { keep, ...(device && { device }) });
  const both = async () => [await recorded('kitchen'), await recorded('cellar')];
  assert.deepEqual(await both(), [true, true]);
  await choose(false, 'cellar');
  assert.deepEqual(await both(), [true, false]);
  await choose(false);
  await choose(true, 'cellar');
  assert.deepEqual(await both(), [false, true]);
  const devices = [{ device: 'cellar', keepRecordings: true }];
  assert.deepEqual(await asGateway(t).query(api.recordings.choices, {}), { keepRecordings: false, devices });
  const { tables, ...choices } = await asOperator(t).query(api.retention.get, {});
  assert.deepEqual(choices, { keepRecordings: false, devices });
  assert.ok(tables.some(({ table, days }) => table === 'recordings' && days === 30));
  await choose(null);
  await choose(null, 'cellar');
  assert.deepEqual(await both(), [true, true]);
  assert.equal((await t.run((ctx) => ctx.db.system.query('_storage').collect())).length, 6);
  await refusedAs('device_unknown', choose(false, 'attic'));
});

test('turns of versions without figures are found by each filter, and counted once', async () => {
  const time = mockTime(NOW_MS);
  const t = functions();
  for (let i = 0; i < 130; i++)
    await record(t, { outcome: i % 10 === 0 ? 'failed' : 'done', latencyMs: { total: 100 } });
  const figures = () => asOperator(t).query(api.figures.fleet, { sinceMs: NOW_MS });
  const wanted = await figures();
  await t.run(async (ctx) => {
    for (const turn of await ctx.db.query('turns').collect()) await ctx.db.patch(turn._id, { hasError: undefined });
    for (const row of await ctx.db.query('turnFigures').collect()) await ctx.db.delete(row._id);
    for (const row of await ctx.db.query('activity').collect()) await ctx.db.delete(row._id);
  });
  assert.equal((await figures()).total.turns, 0);
  for (const _ of [1, 2]) {
    await t.mutation(internal.turns.migrate, {});
    await scheduledAreDone(t);
  }
  assert.deepEqual(await figures(), wanted);
  assert.equal(wanted.total.turns, 130);
  assert.deepEqual((await overview(t))[0]?.turnsToday, 130);
  time.restore();
});
