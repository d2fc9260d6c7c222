/**
 * What a console asks, on the embedded cloud's own database and server: data of an earlier version, searches and figures that are watched, a deletion
 * that is watched, and files that nobody finds by counting.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { get } from 'node:http';
import { after, before, test } from 'node:test';
import { defineSchema, defineTable, type FunctionReference, getFunctionName } from 'convex/server';
import { v } from 'convex/values';
import { v7 as uuidv7 } from 'uuid';
import { uploadFile } from '../../actors/cloud/convex-cloud.ts';
import { api } from '../../convex/_generated/api.js';
import type { Id } from '../../convex/_generated/dataModel.d.ts';
import type { CloudTurnRecord } from '../../convex/turns.ts';
import { openDatabase } from '../../src/cloud/database/open-database.ts';
import { makeTemporaryFolder } from '../../src/core/files/temporary-folder.ts';
import { type CloudClients, cloudClients } from '../support/cloud-clients.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from '../support/embedded-process.ts';
import { inTime, once } from '../support/in-time.ts';

const OLD_TURNS = 250;
const HOUR_MS = 60 * 60_000;

/** Some tables as a version without a console had them. */
const earlier = defineSchema({
  devices: defineTable({ name: v.string(), settings: v.object({}) }).index('by_name', ['name']),
  presence: defineTable({ deviceId: v.id('devices'), lastSeenAt: v.number() }).index('by_device', ['deviceId']),
  sessions: defineTable({ session: v.string(), deviceId: v.id('devices'), openedAt: v.number() }),
  turns: defineTable(v.any()).index('by_turn', ['turn']),
});

let cloud: EmbeddedProcess;
let clients: CloudClients;
const { path: folder } = makeTemporaryFolder('test-console');

before(async () => {
  const database = await openDatabase({ folder, schema: earlier, isDurable: false });
  await database.write(async (writer) => {
    const deviceId = writer.insert('devices', { name: 'veteran', settings: {} });
    writer.insert('presence', { deviceId, lastSeenAt: 1_000 });
    writer.insert('sessions', { session: 's', deviceId, openedAt: 2_000 });
    for (let i = 0; i < OLD_TURNS; i++) {
      writer.insert('turns', {
        ...{ turn: uuidv7(), deviceId, session: 's', trigger: 'key', offline: false, state: 'idle' },
        ...{ startedAt: Date.now() - i, outcome: i % 10 === 0 ? 'failed' : 'done', latencyMs: { total: 100 } },
        ...{ transcript: `question number ${i}`, replyText: i % 2 === 0 ? 'an even answer' : 'an odd one' },
      });
    }
  });
  database.close();
  cloud = await startEmbeddedProcess([], { folder });
  clients = cloudClients(cloud);
});
after(async () => {
  await clients.close();
  await cloud.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Watches until the answer fits. */
function until<Query extends FunctionReference<'query'>>(
  query: Query,
  args: Query['_args'],
  fits: (answer: Query['_returnType']) => boolean,
): Promise<Query['_returnType']> {
  const wanted = new Promise<Query['_returnType']>((resolve, reject) => {
    const unwatch = clients.asOperator.onUpdate(
      query,
      args,
      (answer) => {
        if (!fits(answer)) return;
        setImmediate(() => unwatch());
        resolve(answer);
      },
      reject,
    );
  });
  return inTime(wanted, () => `an answer of ${getFunctionName(query)}`);
}

async function record(device: string, changes: Partial<CloudTurnRecord>, speech?: string): Promise<CloudTurnRecord> {
  const base = {
    turn: uuidv7(),
    session: 's',
    trigger: 'key',
    offline: false,
    startedAt: Date.now(),
    state: 'idle',
  } as const;
  const told = { ...base, ...changes };
  const file = speech === undefined ? undefined : new TextEncoder().encode(speech);
  const address = file && (await clients.asGateway.mutation(api.recordings.uploadUrl, {}));
  const storageId = address && ((await uploadFile(address, file)) as Id<'_storage'>);
  const recording = storageId && { storageId, durationMs: 20 };
  await clients.asGateway.mutation(api.turns.record, { device, record: told, ...(recording && { recording }) });
  return told;
}

test('data of an earlier version is found, searched and counted', async () => {
  const sinceMs = Date.now() - 2 * HOUR_MS;
  const { total } = await until(api.figures.fleet, { sinceMs }, (answer) => answer.total.turns === OLD_TURNS);
  assert.deepEqual([total.errors, total.stages.total?.count], [OLD_TURNS / 10, OLD_TURNS]);
  const { devices } = await until(api.devices.overview, {}, ({ devices }) => devices[0]?.turnsToday === OLD_TURNS);
  assert.deepEqual(
    devices.map(({ name, isOnline, since, lastSeenAt }) => [name, isOnline, since, lastSeenAt]),
    [['veteran', true, 2_000, 1_000]],
  );
  const found = async (text: string) =>
    (await clients.asOperator.query(api.turns.search, { text, limit: 200 })).map(({ transcript }) => transcript);
  assert.equal((await found('number 249'))[0], 'question number 249');
  assert.equal((await found('even')).length, OLD_TURNS / 2);
  const paginationOpts = { cursor: null, numItems: 100 };
  const { page, isDone } = await clients.asOperator.query(api.turns.page, { hasError: true, paginationOpts });
  assert.deepEqual([page.length, isDone], [OLD_TURNS / 10, true]);
});

test('a search that is watched has a turn as soon as its words are known, and no turn whose words are forgotten', async () => {
  const search = { text: 'lighthou', limit: 10 };
  const names = (turns: { device: string }[]) => turns.map(({ device }) => device).join();
  const answered = until(api.turns.search, search, (turns) => names(turns) === 'kitchen');
  const told = await record('kitchen', { transcript: 'tell me about it' });
  await record('kitchen', { ...told, replyText: 'The lighthouse of Alexandria', outcome: 'done' });
  await answered;
  await record('hall', { transcript: 'LIGHTHOUSE!' });
  assert.deepEqual((await clients.asOperator.query(api.turns.search, { ...search, device: 'hall' })).length, 1);
  const forgotten = until(api.turns.search, search, (turns) => names(turns) === 'hall');
  await clients.asOperator.mutation(api.messages.forget, { device: 'kitchen', until: Date.now() });
  await forgotten;
});

test('a deletion is watched until nothing is left of the device, its files included', async () => {
  const turn = await record('cellar', { outcome: 'done', transcript: 'in the cellar' }, 'what was said');
  for (let i = 0; i < 110; i++) await record('cellar', { outcome: 'done' });
  const recording = await clients.asOperator.query(api.recordings.url, { turn: turn.turn, device: 'cellar' });
  assert.equal(await (await fetch(recording?.url ?? '')).text(), 'what was said');
  const finished = until(api.devices.removal, { device: 'cellar' }, (removal) => removal?.finishedAt !== undefined);
  await clients.asOperator.mutation(api.devices.remove, { device: 'cellar' });
  assert.equal((await finished)?.deletedTurns, 111);
  assert.equal((await fetch(recording?.url ?? '')).status, 404);
  const { devices } = await clients.asOperator.query(api.devices.overview, {});
  assert.ok(!devices.some(({ name }) => name === 'cellar'));
  assert.deepEqual(await clients.asOperator.query(api.turns.search, { text: 'cellar', limit: 10 }), []);
});

test('the address of a recording leads to no other, and ids that are counted or changed to nothing', async () => {
  const turns = [await record('kitchen', {}, 'one'), await record('kitchen', {}, 'two')];
  const urls = await Promise.all(
    turns.map(async ({ turn }) => (await clients.asOperator.query(api.recordings.url, { turn }))?.url ?? ''),
  );
  const name = urls[0]?.split('/').at(-1) ?? '';
  assert.ok(name.length > 40, name);
  const changed = [...name].map((letter, i) => `${name.slice(0, i)}${letter === 'a' ? 'b' : 'a'}${name.slice(i + 1)}`);
  const counted = Array.from({ length: 20 }, (_, i) => String(i));
  for (const guess of [...changed, ...counted]) {
    const { status } = await fetch(`${cloud.url}/api/storage/${guess}`);
    assert.equal(status, 404, guess);
  }
});

test('under a name that was made to point here nothing is answered, and a page of another origin cannot ask', async () => {
  const { turn } = await record('kitchen', {}, 'secret');
  const { url = '' } = (await clients.asOperator.query(api.recordings.url, { turn })) ?? {};
  const { port } = new URL(cloud.url);
  const sync = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  };
  const statusOf = async (path: string, headers: Record<string, string>) => {
    const request = get({ host: '127.0.0.1', port, path, headers });
    const [response] = await once(request, 'response');
    response.resume();
    return response.statusCode;
  };
  const rebound = { host: `evil.example:${port}` };
  for (const [path, headers] of [
    [new URL(url).pathname, rebound],
    ['/api/query?path=turns:live', rebound],
    ['/api/1.48.0/sync', { ...sync, ...rebound }],
    ['/api/1.48.0/sync', { ...sync, origin: 'https://evil.example' }],
    ['/api/query?path=turns:live', { origin: 'https://evil.example' }],
  ] as [string, Record<string, string>][]) {
    assert.equal(await statusOf(path, headers), 403, `${path} ${JSON.stringify(headers)}`);
  }
});
