import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, internal } from '../../convex/_generated/api.js';
import type { CloudTurnRecord } from '../../convex/turns.ts';
import { asGateway, asOperator, functions, mockTime, refusedAs, turnRecord } from '../support/convex-functions.ts';

const DAY_MS = 24 * 60 * 60_000;
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
    asGateway(t).mutation(api.turns.record, { device, record, recording: { storageId, durationMs: 60 } });
  assert.deepEqual(await send(first), { created: true, recorded: true });
  assert.deepEqual(await send(first), { created: false, recorded: true });
  assert.deepEqual(await send(second), { created: false, recorded: true });
  const turns = await asOperator(t).query(api.turns.list, { limit: 10 });
  assert.deepEqual(turns[0]?.recording, { bytes: 6, durationMs: 60 });
  assert.equal(turns.length, 1);
  // The file that arrived too late is deleted.
  assert.equal((await t.run((ctx) => ctx.db.system.query('_storage').collect())).length, 1);
});

test('a turn is updated while it runs, and late records do not undo its outcome', async () => {
  const t = functions();
  const record = turnRecord();
  const tell = (changes: Partial<typeof record>) =>
    asGateway(t).mutation(api.turns.record, { device, record: { ...record, ...changes } });
  const see = async () => await asOperator(t).query(api.turns.get, { turn: record.turn });
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
  await asGateway(t).mutation(api.turns.record, { device, record });
  assert.equal((await asOperator(t).query(api.turns.get, { turn: record.turn })).trigger, 'wake-word');
  for (const trigger of ['', 'a key', 'x'.repeat(65)]) {
    await refusedAs(
      'turn_invalid',
      asGateway(t).mutation(api.turns.record, { device, record: { ...turnRecord(), trigger } }),
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
    await asGateway(t).mutation(api.turns.record, { device: name, record, recording });
  }
  const { turn } = record;
  const bytesOf = async (name: string) =>
    (await asOperator(t).query(api.turns.get, { turn, device: name })).recording?.bytes;
  assert.deepEqual([await bytesOf('kitchen'), await bytesOf('cellar')], [5, 12]);
  assert.equal((await asOperator(t).query(api.recordings.url, { turn, device: 'cellar' }))?.bytes, 12);
  // An id alone is ambiguous then.
  await refusedAs('turn_ambiguous', asOperator(t).query(api.turns.get, { turn }));
  await refusedAs('turn_ambiguous', asOperator(t).query(api.recordings.url, { turn }));
  await refusedAs('turn_unknown', asOperator(t).query(api.turns.get, { turn: turnRecord().turn, device: 'cellar' }));
  await refusedAs('device_unknown', asOperator(t).query(api.turns.get, { turn, device: 'attic' }));
  assert.deepEqual(
    (await asOperator(t).query(api.turns.list, { limit: 10 }))
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
  for (const name of ['kitchen', 'cellar']) await asGateway(t).mutation(api.turns.record, { device: name, record });
  const storageId = await upload(t, 'hello');
  await t.run((ctx) => ctx.db.insert('recordings', { turn: record.turn, storageId, bytes: 5, durationMs: 60 }));
  const of = async (name: string) =>
    (await asOperator(t).query(api.turns.get, { turn: record.turn, device: name })).recording;
  assert.deepEqual([await of('kitchen'), await of('cellar')], [{ bytes: 5, durationMs: 60 }, null]);
});

test('a late record of a session does not undo the outcome done from another session', async () => {
  const t = functions();
  const record = turnRecord();
  const tell = (changes: Partial<typeof record>) =>
    asGateway(t).mutation(api.turns.record, { device, record: { ...record, ...changes } });
  const outcome = async () => (await asOperator(t).query(api.turns.get, { turn: record.turn })).outcome;
  await tell({ outcome: 'failed' });
  await tell({ outcome: 'done' });
  assert.equal(await outcome(), 'done');
  await tell({ outcome: 'failed', state: 'error' });
  assert.equal(await outcome(), 'done');
  await tell({ outcome: 'done', latencyMs: { total: 240 } });
  assert.equal((await asOperator(t).query(api.turns.get, { turn: record.turn })).latencyMs?.total, 240);
});

test('an invalid id, an invalid time, and a text that is too long are refused', async () => {
  const t = functions();
  const put = (changes: Partial<CloudTurnRecord>) =>
    asGateway(t).mutation(api.turns.record, { device, record: turnRecord(changes) });
  await refusedAs('turn_invalid', put({ turn: '00000000-0000-4000-8000-000000000000' }));
  await refusedAs('turn_invalid', put({ turn: turnRecord().turn.toUpperCase() }));
  for (const startedAt of [1e300, -1, Number.NaN]) await refusedAs('turn_invalid', put({ startedAt }));
  await refusedAs('too_large', put({ transcript: 'x'.repeat(65_537) }));
  const call = { name: 'roll', input: '{}' };
  await refusedAs('too_large', put({ tools: Array.from({ length: 21 }, () => call) }));
  await refusedAs('too_large', put({ tools: [{ ...call, input: 'x'.repeat(65_537) }] }));
  await refusedAs('turn_unknown', asOperator(t).query(api.turns.get, { turn: turnRecord().turn }));
});

test('a session is opened and closed by the same call, in any order, and belongs to one device', async () => {
  const t = functions();
  const session = { device, session: 's1', openedAt: 1_000 };
  const closed = { at: 2_000, code: 1_000, reason: 'bye' };
  await asGateway(t).mutation(api.sessions.record, { ...session, closed });
  await asGateway(t).mutation(api.sessions.record, session);
  assert.deepEqual(await asOperator(t).query(api.sessions.list, { device }), [
    { session: 's1', openedAt: 1_000, closedAt: 2_000, closeCode: 1_000, closeReason: 'bye' },
  ]);
  // Another device's session of the same id is another session.
  await asGateway(t).mutation(api.sessions.record, { ...session, device: 'cellar', openedAt: 7_000 });
  assert.equal((await asOperator(t).query(api.sessions.list, { device }))[0]?.openedAt, 1_000);
});

test('a mistyped name does not create a device, and removing an unknown reply is refused', async () => {
  const t = functions();
  const nobody = { device: 'kichen' };
  await refusedAs(
    'device_unknown',
    asOperator(t).mutation(api.settings.set, { ...nobody, settings: { volumePercent: 40 } }),
  );
  await refusedAs('device_unknown', asOperator(t).query(api.settings.get, nobody));
  assert.deepEqual(await asGateway(t).query(api.settings.forDevice, nobody), {});
  const reply = { key: 'sorry', text: 'x', storageId: await upload(t, 'x') };
  await refusedAs('device_unknown', asOperator(t).mutation(api.replies.put, { ...reply, device: 'kichen' }));
  await refusedAs('reply_unknown', asOperator(t).mutation(api.replies.remove, { key: 'sory' }));
  assert.deepEqual(await asOperator(t).query(api.devices.list, {}), []);
});

test('names of devices and metrics follow the rules of the wire protocol', async () => {
  const t = functions();
  const report = (name: string, figures: Record<string, number>) =>
    asGateway(t).mutation(api.reports.add, { device: name, at: 1, figures });
  for (const name of ['', 'line\nfeed', 'x'.repeat(129)]) await refusedAs('value_invalid', report(name, {}));
  for (const figure of ['_a', ' a', 'x'.repeat(65)]) await refusedAs('value_invalid', report(device, { [figure]: 1 }));
  await report(device, { 'memory.rssMb': 62 });
});

test('settings are changed, checked, and removed', async () => {
  const t = functions();
  await asGateway(t).mutation(api.sessions.record, { device, session: 's', openedAt: 1 });
  const set = (settings: Parameters<typeof t.mutation<typeof api.settings.set>>[1]['settings']) =>
    asOperator(t).mutation(api.settings.set, { device, settings });
  assert.deepEqual(await set({ volumePercent: 40, bitrate: 16_000 }), { volumePercent: 40, bitrate: 16_000 });
  assert.deepEqual(await set({ volumePercent: null }), { bitrate: 16_000 });
  assert.deepEqual(await asGateway(t).query(api.settings.forDevice, { device }), { bitrate: 16_000 });
  await refusedAs('value_invalid', set({ volumePercent: 101 }));
  await refusedAs('reply_unknown', set({ cachedReplies: ['sory'] }));
  await asOperator(t).mutation(api.replies.put, { key: 'sorry', text: 'x', storageId: await upload(t, 'x') });
  assert.deepEqual((await set({ cachedReplies: ['sorry'] })).cachedReplies, ['sorry']);
});

test('settings for the assistant are changed one by one, checked, and removed', async () => {
  const t = functions();
  await asGateway(t).mutation(api.sessions.record, { device, session: 's', openedAt: 1 });
  const set = (assistant: Parameters<typeof t.mutation<typeof api.settings.set>>[1]['settings']['assistant']) =>
    asOperator(t).mutation(api.settings.set, { device, settings: { ...(assistant && { assistant }) } });
  assert.deepEqual(await set({ language: 'de-AT', tools: ['time'] }), {
    assistant: { language: 'de-AT', tools: ['time'] },
  });
  assert.deepEqual(await set({ units: 'imperial', language: null }), {
    assistant: { tools: ['time'], units: 'imperial' },
  });
  for (const bad of [{ language: 'x y' }, { timeZone: 'a zone' }, { persona: 'x'.repeat(5_000) }, { tools: [''] }]) {
    await assert.rejects(set(bad), (error: { data?: { code: string } }) => error.data !== undefined);
  }
  assert.deepEqual(await set({ units: null, tools: null }), {}, 'nothing is left');
});

test('settings of listening are changed one by one, checked, and removed', async () => {
  const t = functions();
  await asGateway(t).mutation(api.sessions.record, { device, session: 's', openedAt: 1 });
  const set = (listening: Parameters<typeof t.mutation<typeof api.settings.set>>[1]['settings']['listening']) =>
    asOperator(t).mutation(api.settings.set, { device, settings: { ...(listening && { listening }) } });
  assert.deepEqual(await set({ mode: 'wake', followUpMs: 5_000 }), { listening: { mode: 'wake', followUpMs: 5_000 } });
  assert.deepEqual(await set({ patience: 'patient', mode: null }), {
    listening: { followUpMs: 5_000, patience: 'patient' },
  });
  for (const followUpMs of [-1, 0.5, 60_001]) await refusedAs('value_invalid', set({ followUpMs }));
  assert.deepEqual(await set({ followUpMs: null, patience: null }), {}, 'nothing is left');
});

test('cached replies and reports are returned as they were stored', async () => {
  const t = functions();
  const put = async (key: string, text: string) =>
    await asOperator(t).mutation(api.replies.put, { key, text, storageId: await upload(t, text) });
  await put('away', 'I cannot reach the cloud');
  await put('away', 'There is no connection');
  const replies = await asGateway(t).query(api.replies.list, {});
  assert.deepEqual(
    replies.map(({ key, text, bytes }) => ({ key, text, bytes })),
    [{ key: 'away', text: 'There is no connection', bytes: 22 }],
  );
  await asOperator(t).mutation(api.replies.remove, { key: 'away' });
  assert.deepEqual(await asGateway(t).query(api.replies.list, {}), []);

  const report = { device, at: 5, figures: { 'memory.rssMb': 62 } };
  await asGateway(t).mutation(api.reports.add, report);
  await asGateway(t).mutation(api.reports.add, report);
  assert.deepEqual(await asOperator(t).query(api.reports.list, { device, limit: 10 }), [
    { at: 5, figures: { 'memory.rssMb': 62 } },
  ]);
});

test('a missing file does not block the deletion of other rows', async () => {
  const t = functions();
  const time = mockTime(100 * DAY_MS);
  const files = [await upload(t, 'one'), await upload(t, 'two')];
  for (const storageId of files) {
    const recording = { storageId, durationMs: 60 };
    await asGateway(t).mutation(api.turns.record, { device, record: turnRecord(), recording });
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
  await asOperator(t).mutation(api.replies.put, { key: 'sorry', text: 'x', storageId: await upload(t, 'a reply') });
  const turns: string[] = [];
  for (const [device, text] of [
    ['small', 'eight ch'],
    ['large', 'first'],
    ['large', 'second'],
    ['large', 'third'],
  ]) {
    const record = turnRecord();
    const recording = { storageId: await upload(t, text ?? ''), durationMs: 60 };
    await asGateway(t).mutation(api.turns.record, { device: device ?? '', record, recording });
    turns.push(record.turn);
  }
  assert.equal(await t.mutation(internal.storage.makeRoom, { bytes: 6 }), 11);
  const recordings = await Promise.all(
    turns.map(async (turn) => (await asOperator(t).query(api.turns.get, { turn })).recording?.bytes),
  );
  assert.deepEqual(recordings, [8, undefined, undefined, 5]);
  assert.equal((await asGateway(t).query(api.replies.list, {})).length, 1);
  assert.equal(await t.mutation(internal.storage.makeRoom, { bytes: 1_000 }), 13);
});

test('the rows of each table are deleted after its own time, with their files', async () => {
  const t = functions();
  const time = mockTime(100 * DAY_MS);
  const record = turnRecord();
  const recording = { storageId: await upload(t, 'speech'), durationMs: 60 };
  await asGateway(t).mutation(api.turns.record, { device, record, recording });
  await upload(t, 'orphan');
  await asOperator(t).mutation(api.retention.set, { table: 'recordings', days: 7 });
  time.set(108 * DAY_MS);
  assert.equal(await t.mutation(internal.retention.sweep, { table: 'turns' }), 0);
  assert.equal(await t.mutation(internal.retention.sweep, { table: 'recordings' }), 1);
  assert.equal((await asOperator(t).query(api.turns.get, { turn: record.turn })).recording, null);
  assert.equal(await t.mutation(internal.retention.sweepFiles, { cursor: null }), 1);
  time.set(191 * DAY_MS);
  assert.equal(await t.mutation(internal.retention.sweep, { table: 'turns' }), 1);
  assert.equal((await t.run((ctx) => ctx.db.system.query('_storage').collect())).length, 0);
  await refusedAs('value_invalid', asOperator(t).mutation(api.retention.set, { table: 'turns', days: 0 }));
  time.restore();
});

test('room is made in several transactions, also of recordings that were never counted', async () => {
  const t = functions();
  const turns = Array.from({ length: 130 }, () => turnRecord());
  for (const record of turns) {
    const recording = { storageId: await upload(t, 'speech'), durationMs: 60 };
    await asGateway(t).mutation(api.turns.record, { device, record, recording });
  }
  const all = 130 * 'speech'.length;
  assert.equal(await t.mutation(internal.storage.makeRoom, { bytes: all }), 100 * 'speech'.length);
  await t.run(async (ctx) => {
    for (const row of await ctx.db.query('recordingBytes').collect()) await ctx.db.delete(row._id);
  });
  assert.equal(await t.mutation(internal.storage.makeRoom, { bytes: all }), 30 * 'speech'.length);
  assert.equal(await t.mutation(internal.storage.makeRoom, { bytes: all }), 0);
});
