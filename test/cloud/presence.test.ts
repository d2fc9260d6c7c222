/**
 * A connection changes when a device was last seen and at which gateway it is; a report changes nothing that a gateway watches.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, internal } from '../../convex/_generated/api.js';
import schema from '../../convex/schema.ts';
import { functions, identityOf, scheduledAreDone } from '../support/convex-functions.ts';

type Functions = ReturnType<typeof functions>;

/** Every row as text, by table and id. */
async function everything(t: Functions): Promise<Map<string, string>> {
  const rows = await t.run(async (ctx) => {
    const tables = Object.keys(schema.tables) as (keyof typeof schema.tables)[];
    const found = tables.map(async (table) => {
      const all = await ctx.db.query(table).collect();
      return all.map((row) => [`${table} ${row._id}`, JSON.stringify(row)]);
    });
    return (await Promise.all(found)).flat();
  });
  return new Map(rows as [string, string][]);
}

/** Tables of the rows that `work` adds, changes or removes. */
async function touchedBy(t: Functions, work: () => Promise<unknown>): Promise<string[]> {
  const before = await everything(t);
  await work();
  const after = await everything(t);
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
  return changed.map((key) => key.split(' ')[0] ?? '').sort();
}

test('a session of a known device touches the session, its presence and its connection, never the device', async () => {
  const t = functions();
  const gateway = t.withIdentity(identityOf('gateway'));
  const session = { device: 'kitchen', session: 's1', openedAt: Date.now() + 10_000, model: 'Pi 4', software: '1.0' };
  const open = () => gateway.mutation(api.sessions.record, session);
  assert.deepEqual(await touchedBy(t, open), ['connections', 'devices', 'presence', 'sessions']);
  const closed = { at: session.openedAt + 1, code: 1_000, reason: 'bye' };
  const close = () => gateway.mutation(api.sessions.record, { ...session, closed });
  assert.deepEqual(await touchedBy(t, close), ['connections', 'presence', 'sessions']);
  const next = { ...session, session: 's2', openedAt: session.openedAt + 2, software: '1.1' };
  assert.deepEqual(await touchedBy(t, () => gateway.mutation(api.sessions.record, next)), [
    'connections',
    'presence',
    'sessions',
  ]);
  const [listed] = await t.withIdentity(identityOf('viewer')).query(api.devices.list, {});
  assert.deepEqual(listed, {
    ...{ name: 'kitchen', paired: false, settings: {}, lastSeenAt: next.openedAt, model: 'Pi 4', software: '1.1' },
  });
});

test('what a device has used of its limits goes with it', async () => {
  const t = functions();
  const gateway = t.withIdentity(identityOf('gateway'));
  const now = Date.now() - 60_000;
  const used = { reconnects: 1, turns: 100, audioAheadMs: 0, reports: 0 };
  const told = (session: string, openedAt: number) => ({ device: 'kitchen', session, openedAt });
  const usedBefore = async () => (await gateway.query(api.devices.watch, { device: 'kitchen' })).connection?.used;
  await gateway.mutation(api.sessions.record, told('s1', now));
  await gateway.mutation(api.sessions.record, told('s2', now + 1_000));
  assert.equal(await usedBefore(), undefined);
  await gateway.mutation(api.sessions.used, { device: 'kitchen', used: { ...used, session: 's1', at: now } });
  assert.deepEqual(await usedBefore(), { ...used, session: 's1', at: now });
  const ahead = { ...used, session: 's2', at: now + 3_600_000 };
  await gateway.mutation(api.sessions.used, { device: 'kitchen', used: ahead });
  const { at = Number.POSITIVE_INFINITY, session } = (await usedBefore()) ?? {};
  assert.ok(session === 's2' && at <= Date.now(), 'no gateway is ahead of the cloud');
  await gateway.mutation(api.sessions.record, told('s3', now + 2_000));
  assert.equal((await usedBefore())?.session, 's2');
  await gateway.mutation(api.sessions.used, { device: 'nobody', used: ahead });
});

test('a late record of a session does not set back when the device was seen', async () => {
  const t = functions();
  const gateway = t.withIdentity(identityOf('gateway'));
  const now = Date.now() + 1_000;
  for (const [session, openedAt] of [
    ['s2', now],
    ['s1', now - 500],
  ] as const) {
    await gateway.mutation(api.sessions.record, { device: 'kitchen', session, openedAt });
  }
  const [listed] = await t.withIdentity(identityOf('viewer')).query(api.devices.list, {});
  assert.equal(listed?.lastSeenAt, now);
});

test('rows of versions without presence are valid, and are moved once', async () => {
  const t = functions();
  const viewer = t.withIdentity(identityOf('viewer'));
  await t.run(async (ctx) => {
    for (let n = 0; n < 150; n++) {
      const name = `device ${String(n).padStart(3, '0')}`;
      await ctx.db.insert('devices', { name, lastSeenAt: 1_000 + n, model: 'Pi 3', settings: { volumePercent: 40 } });
    }
  });
  const listed = () => viewer.query(api.devices.list, {});
  const before = await listed();
  assert.equal(before[149]?.lastSeenAt, 1_149);
  // One of them connects before its row is moved.
  const session = { device: 'device 007', session: 's', openedAt: 5_000, software: '2.0' };
  await t.withIdentity(identityOf('gateway')).mutation(api.sessions.record, session);
  before[7] = { ...before[7], lastSeenAt: 5_000, software: '2.0' } as (typeof before)[number];
  assert.deepEqual(await listed(), before);

  assert.equal(await t.mutation(internal.presence.migrate, { cursor: null }), 100);
  await scheduledAreDone(t);
  assert.deepEqual(await listed(), before);
  const left = await t.run((ctx) => ctx.db.query('devices').collect());
  assert.ok(left.every((device) => !('lastSeenAt' in device || 'model' in device || 'software' in device)));
  assert.deepEqual(await touchedBy(t, () => t.mutation(internal.presence.migrate, { cursor: null })), []);
});
