import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, internal } from '../../convex/_generated/api.js';
import type { CloudTurnRecord } from '../../convex/turns.ts';
import { functions, GATEWAY_KEY as gatewayKey, mockTime, refusedAs, turnRecord } from '../support/convex-functions.ts';

const DAY_MS = 24 * 60 * 60_000;
const credential = { gatewayKey };
const device = 'kitchen';

async function upload(t: ReturnType<typeof functions>, text: string) {
  return await t.run((ctx) => ctx.storage.store(new Blob([text], { type: 'audio/ogg' })));
}

test('the same turn recorded twice is one turn with one recording', async () => {
  const t = functions();
  const record = turnRecord();
  const first = await upload(t, 'speech');
  const second = await upload(t, 'speech again');
  const send = (storageId: typeof first) =>
    t.mutation(api.turns.record, { gatewayKey, device, record, recording: { storageId, durationMs: 60 } });
  assert.deepEqual(await send(first), { created: true, recorded: true });
  assert.deepEqual(await send(first), { created: false, recorded: true });
  assert.deepEqual(await send(second), { created: false, recorded: true });
  const turns = await t.query(api.turns.list, { credential, limit: 10 });
  assert.deepEqual(turns[0]?.recording, { bytes: 6, durationMs: 60 });
  assert.equal(turns.length, 1);
  // The file that arrived too late is deleted.
  assert.equal((await t.run((ctx) => ctx.db.system.query('_storage').collect())).length, 1);
});

test('a turn is updated while it runs, and late records do not undo its outcome', async () => {
  const t = functions();
  const record = turnRecord();
  const tell = (changes: Partial<typeof record>) =>
    t.mutation(api.turns.record, { gatewayKey, device, record: { ...record, ...changes } });
  const see = async () => await t.query(api.turns.get, { credential, turn: record.turn });
  await tell({});
  await tell({ state: 'processing', transcript: 'what time is it' });
  assert.equal((await see()).state, 'processing');
  await tell({ state: 'idle', outcome: 'done', endedAt: 2_000, latencyMs: { total: 240 } });
  await tell({ state: 'receiving' });
  const { state, outcome, transcript, latencyMs } = await see();
  assert.deepEqual(
    { state, outcome, transcript, latencyMs },
    { state: 'idle', outcome: 'done', transcript: 'what time is it', latencyMs: { total: 240 } },
  );
});

test('a trigger of a later version is stored unchanged, and an invalid one is refused', async () => {
  const t = functions();
  const record = { ...turnRecord(), trigger: 'wake-word' };
  await t.mutation(api.turns.record, { gatewayKey, device, record });
  assert.equal((await t.query(api.turns.get, { credential, turn: record.turn })).trigger, 'wake-word');
  for (const trigger of ['', 'a key', 'x'.repeat(65)]) {
    await refusedAs(
      'turn_invalid',
      t.mutation(api.turns.record, { gatewayKey, device, record: { ...turnRecord(), trigger } }),
    );
  }
});

test('the same id of another device is another turn, with its own recording', async () => {
  const t = functions();
  const record = turnRecord();
  for (const [name, text] of [
    ['kitchen', 'hello'],
    ['cellar', 'good evening'],
  ] as const) {
    const recording = { storageId: await upload(t, text), durationMs: 60 };
    await t.mutation(api.turns.record, { gatewayKey, device: name, record, recording });
  }
  const { turn } = record;
  const bytesOf = async (name: string) =>
    (await t.query(api.turns.get, { credential, turn, device: name })).recording?.bytes;
  assert.deepEqual([await bytesOf('kitchen'), await bytesOf('cellar')], [5, 12]);
  assert.equal((await t.query(api.recordings.url, { credential, turn, device: 'cellar' }))?.bytes, 12);
  // An id alone is ambiguous then.
  await refusedAs('turn_ambiguous', t.query(api.turns.get, { credential, turn }));
  await refusedAs('turn_ambiguous', t.query(api.recordings.url, { credential, turn }));
  await refusedAs('turn_unknown', t.query(api.turns.get, { credential, turn: turnRecord().turn, device: 'cellar' }));
  await refusedAs('device_unknown', t.query(api.turns.get, { credential, turn, device: 'attic' }));
  assert.deepEqual(
    (await t.query(api.turns.list, { credential, limit: 10 }))
      .map((each) => [each.device, each.recording?.bytes])
      .sort(),
    [
      ['cellar', 12],
      ['kitchen', 5],
    ],
  );
});

test('a recording without a device, of an earlier version, belongs to the device that used the id first', async () => {
  const t = functions();
  const record = turnRecord();
  for (const name of ['kitchen', 'cellar']) await t.mutation(api.turns.record, { gatewayKey, device: name, record });
  const storageId = await upload(t, 'hello');
  await t.run((ctx) => ctx.db.insert('recordings', { turn: record.turn, storageId, bytes: 5, durationMs: 60 }));
  const of = async (name: string) =>
    (await t.query(api.turns.get, { credential, turn: record.turn, device: name })).recording;
  assert.deepEqual([await of('kitchen'), await of('cellar')], [{ bytes: 5, durationMs: 60 }, null]);
});

test('a late record of a session does not undo the outcome done from another session', async () => {
  const t = functions();
  const record = turnRecord();
  const tell = (changes: Partial<typeof record>) =>
    t.mutation(api.turns.record, { gatewayKey, device, record: { ...record, ...changes } });
  const outcome = async () => (await t.query(api.turns.get, { credential, turn: record.turn })).outcome;
  await tell({ outcome: 'failed' });
  await tell({ outcome: 'done' });
  assert.equal(await outcome(), 'done');
  await tell({ outcome: 'failed', state: 'error' });
  assert.equal(await outcome(), 'done');
  await tell({ outcome: 'done', latencyMs: { total: 240 } });
  assert.equal((await t.query(api.turns.get, { credential, turn: record.turn })).latencyMs?.total, 240);
});

test('an invalid id, an invalid time, and a text that is too long are refused', async () => {
  const t = functions();
  const put = (changes: Partial<CloudTurnRecord>) =>
    t.mutation(api.turns.record, { gatewayKey, device, record: turnRecord(changes) });
  await refusedAs('turn_invalid', put({ turn: '00000000-0000-4000-8000-000000000000' }));
  await refusedAs('turn_invalid', put({ turn: turnRecord().turn.toUpperCase() }));
  for (const startedAt of [1e300, -1, Number.NaN]) await refusedAs('turn_invalid', put({ startedAt }));
  await refusedAs('too_large', put({ transcript: 'x'.repeat(65_537) }));
  await refusedAs('turn_unknown', t.query(api.turns.get, { credential, turn: turnRecord().turn }));
});

test('a session is opened and closed by the same call, in any order, and belongs to one device', async () => {
  const t = functions();
  const session = { gatewayKey, device, session: 's1', openedAt: 1_000 };
  const closed = { at: 2_000, code: 1_000, reason: 'bye' };
  await t.mutation(api.sessions.record, { ...session, closed });
  await t.mutation(api.sessions.record, session);
  assert.deepEqual(await t.query(api.sessions.list, { gatewayKey, device }), [
    { session: 's1', openedAt: 1_000, closedAt: 2_000, closeCode: 1_000, closeReason: 'bye' },
  ]);
  // Another device's session of the same id is another session.
  await t.mutation(api.sessions.record, { ...session, device: 'cellar', openedAt: 7_000 });
  assert.equal((await t.query(api.sessions.list, { gatewayKey, device }))[0]?.openedAt, 1_000);
});

test('a mistyped name does not create a device, and removing an unknown reply is refused', async () => {
  const t = functions();
  const nobody = { gatewayKey, device: 'kichen' };
  await refusedAs('device_unknown', t.mutation(api.settings.set, { ...nobody, settings: { volumePercent: 40 } }));
  await refusedAs('device_unknown', t.query(api.settings.get, nobody));
  assert.deepEqual(await t.query(api.settings.forDevice, nobody), {});
  const reply = { gatewayKey, key: 'sorry', text: 'x', storageId: await upload(t, 'x') };
  await refusedAs('device_unknown', t.mutation(api.replies.put, { ...reply, device: 'kichen' }));
  await refusedAs('reply_unknown', t.mutation(api.replies.remove, { gatewayKey, key: 'sory' }));
  assert.deepEqual(await t.query(api.devices.list, { gatewayKey }), []);
});

test('names of devices and metrics follow the rules of the wire protocol', async () => {
  const t = functions();
  const report = (name: string, figures: Record<string, number>) =>
    t.mutation(api.reports.add, { gatewayKey, device: name, at: 1, figures });
  for (const name of ['', 'line\nfeed', 'x'.repeat(129)]) await refusedAs('value_invalid', report(name, {}));
  for (const figure of ['_a', ' a', 'x'.repeat(65)]) await refusedAs('value_invalid', report(device, { [figure]: 1 }));
  await report(device, { 'memory.rssMb': 62 });
});

test('settings are changed, checked, and removed', async () => {
  const t = functions();
  await t.mutation(api.sessions.record, { gatewayKey, device, session: 's', openedAt: 1 });
  const set = (settings: Parameters<typeof t.mutation<typeof api.settings.set>>[1]['settings']) =>
    t.mutation(api.settings.set, { gatewayKey, device, settings });
  assert.deepEqual(await set({ volumePercent: 40, bitrate: 16_000 }), { volumePercent: 40, bitrate: 16_000 });
  assert.deepEqual(await set({ volumePercent: null }), { bitrate: 16_000 });
  assert.deepEqual(await t.query(api.settings.forDevice, { gatewayKey, device }), { bitrate: 16_000 });
  await refusedAs('value_invalid', set({ volumePercent: 101 }));
  await refusedAs('reply_unknown', set({ cachedReplies: ['sory'] }));
  await t.mutation(api.replies.put, { gatewayKey, key: 'sorry', text: 'x', storageId: await upload(t, 'x') });
  assert.deepEqual((await set({ cachedReplies: ['sorry'] })).cachedReplies, ['sorry']);
});

test('cached replies and reports are returned as they were stored', async () => {
  const t = functions();
  const put = async (key: string, text: string) =>
    await t.mutation(api.replies.put, { gatewayKey, key, text, storageId: await upload(t, text) });
  await put('away', 'I cannot reach the cloud');
  await put('away', 'There is no connection');
  const replies = await t.query(api.replies.list, { credential });
  assert.deepEqual(
    replies.map(({ key, text, bytes }) => ({ key, text, bytes })),
    [{ key: 'away', text: 'There is no connection', bytes: 22 }],
  );
  await t.mutation(api.replies.remove, { gatewayKey, key: 'away' });
  assert.deepEqual(await t.query(api.replies.list, { credential }), []);

  const report = { gatewayKey, device, at: 5, figures: { 'memory.rssMb': 62 } };
  await t.mutation(api.reports.add, report);
  await t.mutation(api.reports.add, report);
  assert.deepEqual(await t.query(api.reports.list, { gatewayKey, device, limit: 10 }), [
    { at: 5, figures: { 'memory.rssMb': 62 } },
  ]);
});

test('a missing file does not block the deletion of other rows', async () => {
  const t = functions();
  const time = mockTime(100 * DAY_MS);
  const files = [await upload(t, 'one'), await upload(t, 'two')];
  for (const storageId of files) {
    const recording = { storageId, durationMs: 60 };
    await t.mutation(api.turns.record, { gatewayKey, device, record: turnRecord(), recording });
  }
  await t.run(async (ctx) => {
    if (files[0]) await ctx.storage.delete(files[0]);
  });
  time.set(131 * DAY_MS);
  assert.equal(await t.mutation(internal.retention.sweep, { table: 'recordings' }), 2);
  assert.equal((await t.run((ctx) => ctx.db.system.query('_storage').collect())).length, 0);
  time.restore();
});

test('when storage is full, the device with the most bytes loses its oldest recordings; turns, replies and other devices’ recordings stay', async () => {
  const t = functions();
  await t.mutation(api.replies.put, { gatewayKey, key: 'sorry', text: 'x', storageId: await upload(t, 'a reply') });
  const turns: string[] = [];
  for (const [device, text] of [
    ['small', 'eight ch'],
    ['large', 'first'],
    ['large', 'second'],
    ['large', 'third'],
  ]) {
    const record = turnRecord();
    const recording = { storageId: await upload(t, text ?? ''), durationMs: 60 };
    await t.mutation(api.turns.record, { gatewayKey, device: device ?? '', record, recording });
    turns.push(record.turn);
  }
  assert.equal(await t.mutation(internal.retention.makeRoom, { bytes: 6 }), 11);
  const recordings = await Promise.all(
    turns.map(async (turn) => (await t.query(api.turns.get, { credential, turn })).recording?.bytes),
  );
  assert.deepEqual(recordings, [8, undefined, undefined, 5]);
  assert.equal((await t.query(api.replies.list, { credential })).length, 1);
  assert.equal(await t.mutation(internal.retention.makeRoom, { bytes: 1_000 }), 13);
});

test('the rows of each table are deleted after its own time, with their files', async () => {
  const t = functions();
  const time = mockTime(100 * DAY_MS);
  const record = turnRecord();
  const recording = { storageId: await upload(t, 'speech'), durationMs: 60 };
  await t.mutation(api.turns.record, { gatewayKey, device, record, recording });
  await upload(t, 'orphan');
  await t.mutation(api.retention.set, { gatewayKey, table: 'recordings', days: 7 });
  time.set(108 * DAY_MS);
  assert.equal(await t.mutation(internal.retention.sweep, { table: 'turns' }), 0);
  assert.equal(await t.mutation(internal.retention.sweep, { table: 'recordings' }), 1);
  assert.equal((await t.query(api.turns.get, { credential, turn: record.turn })).recording, null);
  assert.equal(await t.mutation(internal.retention.sweepFiles, { cursor: null }), 1);
  time.set(191 * DAY_MS);
  assert.equal(await t.mutation(internal.retention.sweep, { table: 'turns' }), 1);
  assert.equal((await t.run((ctx) => ctx.db.system.query('_storage').collect())).length, 0);
  await refusedAs('value_invalid', t.mutation(api.retention.set, { gatewayKey, table: 'turns', days: 0 }));
  time.restore();
});
