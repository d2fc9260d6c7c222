/**
 * A client that does not read: data for it waits in bounded memory, and then it is dropped.
 */
import assert from 'node:assert/strict';
import type { AddressInfo, Socket as NetSocket } from 'node:net';
import { after, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import type { Socket, SocketHandlers } from '../../actors/network/socket.ts';
import { adopt } from '../../actors/network/websocket.ts';
import type { EarshotError } from '../../src/core/errors.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { inTime, once } from '../support/in-time.ts';
import { testScope } from '../support/test-scope.ts';

/** Half of it, and the answers to one read, are less than it. */
const MAX_UNREAD_BYTES = 200_000;
const UNLIMITED = { controlMessages: Number.POSITIVE_INFINITY, packets: Number.POSITIVE_INFINITY };
const MESSAGE = 'x'.repeat(1_000);

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
after(() => server.close());

/** A connection: our end of it, and the client, which reads nothing until the test tells it to. */
async function connected(handlers: Partial<SocketHandlers>) {
  if (!server.address()) await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'open')]);
  client.pause();
  const closed = new Promise<{ code: number; error: EarshotError | undefined }>((resolve) => {
    const onClose: SocketHandlers['onClose'] = (code, _reason, error) => resolve({ code, error });
    const ignore = { onText() {}, onBinary() {} };
    const limit = { maxUnreadBytes: MAX_UNREAD_BYTES, readLimits: UNLIMITED };
    ours = adopt(accepted as WebSocket, { ...ignore, ...handlers, onClose }, testScope(systemClock), limit);
  });
  return { client, closed };
}
let ours: Socket;

test('a client that reads nothing is dropped when this many bytes wait for it, with the reason', async () => {
  const { client, closed } = await connected({});
  let most = 0;
  let isOver = false;
  void closed.then(() => {
    isOver = true;
  });
  // The buffers of the operating system fill first: some megabytes.
  for (let sent = 0; !isOver && sent < 100_000; sent++) {
    ours.sendText(MESSAGE);
    most = Math.max(most, ours.bufferedBytes);
    if (sent % 100 === 0) await new Promise(setImmediate);
  }
  const { code, error } = await inTime(closed, 'the end of the connection');
  assert.equal(code, 1_006);
  assert.equal(error?.code, 'send_buffer_full');
  assert.match(error?.message ?? '', /does not read/);
  assert.ok(most <= MAX_UNREAD_BYTES, `${most} bytes waited`);
  client.terminate();
});

test('nothing is read from a client that only sends, until it has read what waits for it', async () => {
  let heard = 0;
  let most = 0;
  const { client, closed } = await connected({
    onText() {
      heard += 1;
      ours.sendText(MESSAGE);
      most = Math.max(most, ours.bufferedBytes);
    },
  });
  const raw = (client as unknown as { _socket: NetSocket })._socket;
  // Both ends' buffers in the operating system are full when ours has stopped reading.
  let sent = 0;
  while (client.bufferedAmount < 1_000_000) {
    client.send(MESSAGE);
    sent += 1;
    if (raw.writableNeedDrain) await new Promise(setImmediate);
  }
  assert.ok(heard < sent);
  assert.ok(most <= MAX_UNREAD_BYTES, `${most} bytes waited`);

  let answers = 0;
  const all = new Promise<void>((resolve) => {
    client.on('message', () => {
      answers += 1;
      if (answers === sent) resolve();
    });
  });
  client.resume();
  await Promise.race([
    inTime(all, () => `${sent} answers; there were ${answers}`),
    closed.then(({ error }) => Promise.reject(error ?? new Error('closed'))),
  ]);
  assert.equal(heard, sent);
  client.close();
  assert.equal((await inTime(closed, 'the end of the connection')).code, 1_005);
});
