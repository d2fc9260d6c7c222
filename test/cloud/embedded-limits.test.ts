/**
 * The limits of the embedded cloud on what one connection may send: each holds, and each can be set and switched off.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { type EmbeddedProcess, startEmbeddedProcess } from '../support/embedded-process.ts';

const SMALL = ['cloudCallBytes=2000', 'cloudQueries=5', 'cloudFailures=3', 'cloudMessages=30'];
const OFF = ['cloudCallBytes=off', 'cloudQueries=off', 'cloudFailures=off', 'cloudMessages=off'];

const watch = (number: number, queries: number, gatewayKey: string) =>
  JSON.stringify({
    type: 'ModifyQuerySet',
    newVersion: number + 1,
    modifications: Array.from({ length: queries }, (_, i) => ({
      type: 'Add',
      queryId: number * queries + i,
      udfPath: 'devices:list',
      args: [{ gatewayKey }],
    })),
  });
const guess = (requestId: number) =>
  JSON.stringify({ type: 'Mutation', requestId, udfPath: 'pairing:watch', args: [{ gatewayKey: 'guessed' }] });
const wide = JSON.stringify({ type: 'Event', event: 'x'.repeat(3_000) });

/** Each with the code with which it is closed; 1006: dropped. */
const TOO_MUCH: [name: string, code: number, messages: (key: string) => string[]][] = [
  ['a message that is too large', 1_009, () => [wide]],
  ['more watched queries', 1_008, (key) => [watch(0, 2, key), watch(1, 2, key), watch(2, 2, key)]],
  ['more guesses of a key', 1_006, () => Array.from({ length: 5 }, (_, i) => guess(i))],
  ['more messages without a key', 1_006, () => Array(31).fill('{"type":"Event"}')],
];

async function open({ url }: EmbeddedProcess): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/1.0.0/sync`);
  await once(socket, 'open');
  return socket;
}

const post = ({ url }: EmbeddedProcess) =>
  fetch(`${url}/api/query`, { method: 'POST', body: JSON.stringify({ path: 'none:such', args: { x: wide } }) });

test('what is beyond a limit ends the connection', async (t) => {
  const cloud = await startEmbeddedProcess(SMALL);
  t.after(() => cloud.close());
  for (const [name, code, messages] of TOO_MUCH) {
    await t.test(name, async () => {
      const socket = await open(cloud);
      const closed = once(socket, 'close');
      for (const message of messages(cloud.gatewayKey)) socket.send(message);
      const [closedWith] = await closed;
      assert.equal(closedWith, code);
    });
  }
  await t.test('a call that is too large', async () => assert.equal((await post(cloud)).status, 413));
});

test('what is switched off limits nothing', async (t) => {
  const cloud = await startEmbeddedProcess(OFF);
  t.after(() => cloud.close());
  for (const [name, , messages] of TOO_MUCH) {
    await t.test(name, async () => {
      const socket = await open(cloud);
      for (const message of messages(cloud.gatewayKey)) socket.send(message);
      const answered = new Promise((resolve) => {
        socket.on('message', (data) => String(data).includes('"requestId":99') && resolve(undefined));
      });
      socket.send(guess(99));
      await answered;
      socket.terminate();
    });
  }
  await t.test('a call that is too large', async () => assert.equal((await post(cloud)).status, 560));
});
