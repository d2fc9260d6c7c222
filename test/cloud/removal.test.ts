/**
 * A device's data is exported whole, and deleted whole: nothing is left in any table, and nothing comes back.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import { TABLES_OF_DEVICE } from '../../convex/device-rows.ts';
import schema from '../../convex/schema.ts';
import {
  asGateway,
  asOperator,
  functions,
  refusedAs,
  scheduledAreDone,
  turnRecord,
} from '../support/convex-functions.ts';

type Functions = ReturnType<typeof functions>;
const TURNS = 130;
const [ANNOUNCEMENT, WAITING, RUNG] = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`) as [
  string,
  string,
  string,
];
const store = (t: Functions) => t.run((ctx) => ctx.storage.store(new Blob(['speech'])));

/** A row of the device in each table. @returns a turn of it, with a recording */
async function furnish(t: Functions, device: string) {
  const [gateway, operator] = [asGateway(t), asOperator(t)];
  const openedAt = Date.now();
  await gateway.mutation(api.sessions.record, { device, session: `s ${device}`, openedAt });
  const first = turnRecord({ outcome: 'done', transcript: device, startedAt: Date.now() });
  const recording = { storageId: await store(t), durationMs: 20 };
  await gateway.mutation(api.turns.record, { device, record: first, recording });
  for (let i = 1; i < TURNS; i++) {
    const record = turnRecord({ outcome: 'done', transcript: device, latencyMs: { total: i }, startedAt: Date.now() });
    await gateway.mutation(api.turns.record, { device, record });
  }
  const removed = turnRecord({ startedAt: Date.now() });
  await gateway.mutation(api.turns.record, { device, record: removed });
  await operator.mutation(api.turns.remove, { device, turn: removed.turn });
  await gateway.mutation(api.reports.add, { device, at: Date.now(), figures: { cpu: 1 } });
  const message = { turn: first.turn, role: 'person', text: device, at: Date.now() } as const;
  await gateway.mutation(api.messages.record, { device, message });
  await gateway.mutation(api.messages.summarize, { device, text: device, until: Date.now() });
  await gateway.mutation(api.messages.record, {
    device,
    message: { ...message, role: 'assistant', at: Date.now() + 9 },
  });
  await gateway.mutation(api.lists.add, { device, list: 'shopping', items: ['milk'] });
  const said = { device, id: ANNOUNCEMENT, text: device, priority: 'normal', expiresInMs: 1e9 } as const;
  await operator.mutation(api.announcements.say, said);
  const reminder = { kind: 'timer', label: device, at: 1 } as const;
  await gateway.mutation(api.reminders.record, {
    device,
    record: { reminder: { ...reminder, id: WAITING }, state: 'waiting' },
  });
  await gateway.mutation(api.reminders.record, {
    device,
    record: { reminder: { ...reminder, id: RUNG }, state: 'rang' },
  });
  await operator.mutation(api.replies.put, { key: `reply-${device}`, device, text: device, storageId: await store(t) });
  await operator.mutation(api.retention.keepRecordings, { device, keep: true });
  await scheduledAreDone(t);
  return first;
}

/** The rows of each table that has a device. */
async function rowsOf(t: Functions, device: string): Promise<Record<string, number>> {
  return await t.run(async (ctx) => {
    const owners = await ctx.db.query('devices').collect();
    const removals = await ctx.db.query('removals').collect();
    const ids = [
      ...owners.filter(({ name }) => name === device).map(({ _id }) => _id),
      ...removals.filter((removal) => removal.device === device).map(({ deviceId }) => deviceId),
    ];
    const counts = TABLES_OF_DEVICE.map(async (table) => {
      const rows = await ctx.db.query(table).collect();
      return [table, rows.filter(({ deviceId }) => deviceId && ids.includes(deviceId)).length] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  });
}

test('each table with a device is among those that are exported and deleted', () => {
  const withDevice = Object.entries(schema.tables).filter(([, table]) => 'deviceId' in table.validator.fields);
  const names = withDevice.map(([name]) => name).filter((name) => name !== 'removals');
  assert.deepEqual(names.sort(), TABLES_OF_DEVICE.toSorted());
});

test('an export has every row of the device, once, and no secret; of another device nothing', async () => {
  const t = functions();
  const first = await furnish(t, 'kitchen');
  await furnish(t, 'cellar');
  const rows: { table: string; row: Record<string, unknown> }[] = [];
  for (let cursor: string | null = null, isDone = false; !isDone; ) {
    const paginationOpts = { cursor, numItems: 50 };
    const page: { page: typeof rows; isDone: boolean; continueCursor: string } = await asOperator(t).query(
      api.devices.export,
      { device: 'kitchen', paginationOpts },
    );
    rows.push(...page.page);
    ({ isDone, continueCursor: cursor } = page);
  }
  const counts: Record<string, number> = {};
  for (const { table } of rows) counts[table] = (counts[table] ?? 0) + 1;
  const { devices, ...ofTables } = counts;
  assert.equal(devices, 1);
  const stored = await rowsOf(t, 'kitchen');
  assert.ok(
    Object.values(stored).every((count) => count > 0),
    JSON.stringify(stored),
  );
  assert.deepEqual(ofTables, stored);
  const text = JSON.stringify(rows);
  assert.ok(!text.includes('cellar') && !text.includes('tokenHash') && !text.includes('_id'));
  const recording = rows.find(({ table }) => table === 'recordings')?.row;
  assert.equal(recording?.turn, first.turn);
  assert.match(String(recording?.url), /^https?:/);
  for (const cursor of ['x', '99:', '1;2']) {
    const paginationOpts = { cursor, numItems: 50 };
    await refusedAs('value_invalid', asOperator(t).query(api.devices.export, { device: 'kitchen', paginationOpts }));
  }
});

test('a device is deleted with everything, batch by batch, and another one keeps everything', async () => {
  const t = functions();
  await furnish(t, 'kitchen');
  await furnish(t, 'cellar');
  const others = await rowsOf(t, 'cellar');
  const fleet = async () => (await asOperator(t).query(api.figures.fleet, { sinceMs: Date.now() })).total.turns;
  const progress = () => asOperator(t).query(api.devices.removal, { device: 'kitchen' });
  assert.equal(await fleet(), 2 * TURNS);
  assert.equal(await progress(), null);
  await asOperator(t).mutation(api.devices.remove, { device: 'kitchen' });
  const { removedAt, ...begun } = (await progress()) ?? {};
  assert.ok(removedAt !== undefined);
  assert.deepEqual(begun, { turns: TURNS, deletedTurns: 0, deletedRows: 0 });
  const names = async () => (await asOperator(t).query(api.devices.overview, {})).devices.map(({ name }) => name);
  assert.deepEqual(await names(), ['cellar']);
  const listed = await asOperator(t).query(api.turns.list, { limit: 200 });
  assert.ok(listed.every(({ device }) => device === 'cellar'));
  await scheduledAreDone(t);
  const done = await progress();
  assert.ok(done?.finishedAt !== undefined && done.deletedTurns === TURNS && done.deletedRows > TURNS + 10);
  assert.deepEqual(Object.values(await rowsOf(t, 'kitchen')).filter(Boolean), []);
  assert.deepEqual(await rowsOf(t, 'cellar'), others);
  assert.equal(await fleet(), TURNS);
  // The recording and the reply of the other device.
  assert.equal((await t.run((ctx) => ctx.db.system.query('_storage').collect())).length, 2);
  await refusedAs('device_unknown', asOperator(t).mutation(api.devices.remove, { device: 'kitchen' }));
});

test('what was still on its way does not bring a deleted device back; what it does afterwards does', async () => {
  const t = functions();
  const before = { record: turnRecord({ outcome: 'done', startedAt: Date.now() }), session: 's', openedAt: Date.now() };
  const tell = async ({ record, session, openedAt }: typeof before) => {
    const device = 'kitchen';
    const recording = { storageId: await store(t), durationMs: 20 };
    const { recorded } = await asGateway(t).mutation(api.turns.record, { device, record, recording });
    await asGateway(t).mutation(api.sessions.record, { device, session, openedAt });
    await asGateway(t).mutation(api.reports.add, { device, at: openedAt, figures: {} });
    const message = { turn: record.turn, role: 'person', text: 'hello', at: openedAt } as const;
    await asGateway(t).mutation(api.messages.record, { device, message });
    return recorded;
  };
  const left = async () => {
    const devices = await asOperator(t).query(api.devices.list, {});
    const turns = await asOperator(t).query(api.turns.list, { limit: 10 });
    return [devices.length, turns.map(({ turn }) => turn)];
  };
  await tell(before);
  await asOperator(t).mutation(api.devices.remove, { device: 'kitchen' });
  await scheduledAreDone(t);
  assert.equal(await tell(before), true);
  assert.deepEqual(await left(), [0, []]);
  await new Promise((resolve) => setTimeout(resolve, 2));
  const after = { record: turnRecord({ startedAt: Date.now() }), session: 's2', openedAt: Date.now() };
  await tell(after);
  await tell(before);
  assert.deepEqual(await left(), [1, [after.record.turn]]);
});

test('a late reminder, list item or volume does not bring a deleted device back', async () => {
  const t = functions();
  const device = 'kitchen';
  const names = async () => (await asOperator(t).query(api.devices.list, {})).map(({ name }) => name);
  const reminder = { id: WAITING, kind: 'timer', label: '', at: 1 } as const;
  const remind = () => asGateway(t).mutation(api.reminders.record, { device, record: { reminder, state: 'waiting' } });
  const add = () => asGateway(t).mutation(api.lists.add, { device, list: 'shopping', items: ['milk'] });
  const louder = () => asGateway(t).mutation(api.settings.setVolume, { device, volumePercent: 70 });
  await add();
  await asOperator(t).mutation(api.devices.remove, { device });
  await scheduledAreDone(t);
  await remind();
  await louder();
  await refusedAs('device_unknown', add());
  assert.deepEqual(await names(), []);
  const openedAt = Date.now() + 1_000;
  await asGateway(t).mutation(api.sessions.record, { device, session: 's', openedAt });
  await remind();
  await add();
  assert.deepEqual(await names(), ['kitchen']);
  assert.equal((await asGateway(t).query(api.reminders.forDevice, { device })).length, 1);
});
