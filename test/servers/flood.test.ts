/**
 * A client that sends more than necessary.
 */
import assert from 'node:assert/strict';
import type { AddressInfo, Socket } from 'node:net';
import { after, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import type { SocketHandlers } from '../../actors/network/socket.ts';
import { adopt } from '../../actors/network/websocket.ts';
import type { EarshotError } from '../../src/core/errors.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import type { ReadLimits } from '../../src/server/limited-reader.ts';
import { inTime, once } from '../support/in-time.ts';
import { testScope } from '../support/test-scope.ts';

// @types/ws does not declare the time limit of a close yet.
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...{ closeTimeout: 300 } });
after(() => {
  for (const client of server.clients) client.terminate();
  server.close();
});

async function connected(readLimits: ReadLimits, handlers: Partial<SocketHandlers>) {
  if (!server.address()) await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'open')]);
  const closed = new Promise<EarshotError | undefined>((resolve) => {
    const onClose: SocketHandlers['onClose'] = (_code, _reason, error) => resolve(error);
    adopt(accepted as WebSocket, { onText() {}, onBinary() {}, ...handlers, onClose }, testScope(systemClock), {
      readLimits,
    });
  });
  return { client, closed };
}

test('control messages above the limit close the connection, and none of them is processed', async () => {
  let heard = 0;
  const { client, closed } = await connected(
    { controlMessages: 100, packets: 100 },
    {
      onText() {
        heard += 1;
      },
    },
  );
  for (let i = 0; i < 10_000; i++) client.send('x');
  const [code, reason] = await once(client, 'close');
  assert.deepEqual([code, String(reason)], [1_008, 'too many messages']);
  // One token per second is refilled, and one is overdrawn.
  assert.ok(heard >= 100 && heard < 150, `${heard}`);
  assert.equal((await inTime(closed, 'the end of the connection'))?.code, 'protocol_error');
});

test('pings and pongs of WebSocket above the limit, too, and what follows them is not read', async () => {
  const BYTES = 20_000_000;
  const accepted = once(server, 'connection');
  const { client, closed } = await connected({ controlMessages: 100, packets: 100 }, {});
  const [socket] = (await accepted) as [WebSocket];
  const payload = Buffer.alloc(125);
  client.on('error', () => {});
  const { _socket: tcp } = socket as unknown as { _socket: Socket };
  for (let sent = 0; sent < BYTES; sent += 250) {
    client.ping(payload);
    client.pong(payload);
  }
  const [code, reason] = await once(client, 'close');
  assert.deepEqual([code, String(reason)], [1_008, 'too many messages']);
  assert.equal((await inTime(closed, 'the end of the connection'))?.code, 'protocol_error');
  assert.ok(tcp.bytesRead < 1_000_000, `${tcp.bytesRead} bytes were read`);
});

test('packets above the limit wait in the network and arrive later, all of them', async () => {
  const PACKET = Buffer.alloc(1_000);
  const LIMIT = 6_000;
  const SENT = 600;
  const heardAtMs: number[] = [];
  const startedMs = performance.now();
  const all = new Promise<void>((resolve) => {
    void connected(
      { controlMessages: 100, packets: LIMIT },
      {
        onBinary() {
          heardAtMs.push(performance.now() - startedMs);
          if (heardAtMs.length === SENT) resolve();
        },
      },
    ).then(({ client }) => {
      for (let i = 0; i < SENT; i++) client.send(PACKET);
    });
  });
  await inTime(all, 'all messages');
  // A twentieth of them arrive at once, then 100 a second; one read may contain up to 64 KiB more.
  const lastMs = heardAtMs.at(-1) ?? 0;
  assert.ok(lastMs > 1_500, `the last one came after ${lastMs} ms`);
});

test('a disabled limit has no effect', async () => {
  const off = { controlMessages: Number.POSITIVE_INFINITY, packets: Number.POSITIVE_INFINITY };
  let heard = 0;
  const all = new Promise<void>((resolve) => {
    void connected(off, {
      onText() {
        heard += 1;
        if (heard === 5_000) resolve();
      },
    }).then(({ client }) => {
      for (let i = 0; i < 5_000; i++) client.send('x');
    });
  });
  await inTime(all, 'all messages');
});
