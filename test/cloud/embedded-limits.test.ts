/**
 * The limits of the embedded cloud for one connection: each applies, and can be set and disabled.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import { WebSocket } from 'ws';
import { api } from '../../convex/_generated/api.js';
import type { Id } from '../../convex/_generated/dataModel.d.ts';
import { authenticateAs, cloudClients } from '../support/cloud-clients.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from '../support/embedded-process.ts';
import { inTime, once } from '../support/in-time.ts';

const SMALL = ['cloudCallBytes=2000', 'cloudQueries=5', 'cloudFailures=3', 'cloudMessages=30'];
const OFF = ['cloudCallBytes=off', 'cloudQueries=off', 'cloudFailures=off', 'cloudMessages=off'];

const watch = (number: number, queries: number) =>
  JSON.stringify({
    type: 'ModifyQuerySet',
    baseVersion: number,
    newVersion: number + 1,
    modifications: Array.from({ length: queries }, (_, i) => ({
      type: 'Add',
      queryId: number * queries + i,
      udfPath: 'devices:list',
      args: [{}],
    })),
  });
const guess = (requestId: number) =>
  JSON.stringify({ type: 'Mutation', requestId, udfPath: 'pairing:watch', args: [{ request: 'guessed' }] });
const wide = JSON.stringify({ type: 'Event', event: 'x'.repeat(3_000) });

/** Each with its close code; 1006: dropped. */
const TOO_MUCH: [name: string, code: number, messages: (authenticate: string) => string[]][] = [
  ['a message that is too large', 1_009, () => [wide]],
  ['more watched queries', 1_008, (authenticate) => [authenticate, watch(0, 2), watch(1, 2), watch(2, 2)]],
  ['more calls that are refused', 1_006, () => Array.from({ length: 5 }, (_, i) => guess(i))],
  ['more messages without a token', 1_006, () => Array(31).fill('{"type":"Event"}')],
];

async function open({ url }: EmbeddedProcess): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/1.0.0/sync`);
  await once(socket, 'open');
  return socket;
}

const post = ({ url }: EmbeddedProcess) =>
  fetch(`${url}/api/query`, { method: 'POST', body: JSON.stringify({ path: 'none:such', args: { x: wide } }) });

test('exceeding a limit ends the connection', async (t) => {
  const cloud = await startEmbeddedProcess(SMALL);
  t.after(() => cloud.close());
  for (const [name, code, messages] of TOO_MUCH) {
    await t.test(name, async () => {
      const socket = await open(cloud);
      const closed = once(socket, 'close');
      for (const message of messages(await authenticateAs('operator', cloud))) socket.send(message);
      const [closedWith] = await closed;
      assert.equal(closedWith, code);
    });
  }
  await t.test('a call that is too large', async () => assert.equal((await post(cloud)).status, 413));
});

test('files are on the disk; beyond the limit recordings are deleted, also after a crash', async (t) => {
  const cloud = await startEmbeddedProcess(['cloudFileBytes=10000000']);
  t.after(() => cloud.close());
  const connected = () => {
    const clients = cloudClients(cloud);
    t.after(clients.close);
    return clients;
  };
  let { asGateway, asOperator } = connected();
  const turns: string[] = [];
  const keep = async (bytes: number) => {
    const turn = uuidv7();
    const address = await asGateway.mutation(api.recordings.uploadUrl, {});
    const { storageId } = (await (await fetch(address, { method: 'POST', body: Buffer.alloc(bytes, 1) })).json()) as {
      storageId: Id<'_storage'>;
    };
    const record = { turn, session: 's', trigger: 'key', offline: false, startedAt: 1, state: 'idle' } as const;
    const recording = { storageId, durationMs: 1 };
    await asGateway.mutation(api.turns.record, { device: 'kitchen', record, recording });
    turns.push(turn);
  };
  const kept = async () => {
    const found = await Promise.all(turns.map((turn) => asOperator.query(api.recordings.url, { turn })));
    return found.flatMap((recording, i) => (recording ? [i] : []));
  };
  const before = memoryOf(cloud);
  for (let i = 0; i < 40; i++) await keep(3_000_000);
  assert.deepEqual(await kept(), [37, 38, 39]);
  const grownMb = (memoryOf(cloud) - before) / 1e6;
  assert.ok(grownMb < 60, `120 MB of files took ${grownMb.toFixed(0)} MB of memory`);
  await cloud.kill();
  await cloud.start();
  // A client that has not connected again yet answers a query with what it knew before.
  ({ asGateway, asOperator } = connected());
  await keep(3_000_000);
  assert.deepEqual(await kept(), [38, 39, 40]);
  const last = await asOperator.query(api.recordings.url, { turn: turns[38] ?? '' });
  assert.equal((await (await fetch(last?.url ?? '')).arrayBuffer()).byteLength, 3_000_000);
});

/** Resident memory without file mappings. */
function memoryOf({ pid }: EmbeddedProcess): number {
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;
}

test('a disabled limit has no effect', async (t) => {
  const cloud = await startEmbeddedProcess(OFF);
  t.after(() => cloud.close());
  for (const [name, , messages] of TOO_MUCH) {
    await t.test(name, async () => {
      const socket = await open(cloud);
      for (const message of messages(await authenticateAs('operator', cloud))) socket.send(message);
      const answered = new Promise((resolve) => {
        socket.on('message', (data) => String(data).includes('"requestId":99') && resolve(undefined));
      });
      socket.send(guess(99));
      await inTime(answered, 'the answer to 99');
      socket.terminate();
    });
  }
  await t.test('a call that is too large', async () => assert.equal((await post(cloud)).status, 200));
});
