/**
 * What a server writes to the TCP connection of a WebSocket is what the other end reads, for any kind and length.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { limitedSender, type Send } from '../../src/server/limited-sender.ts';
import fc from '../support/fast-check.ts';
import { inTime, once } from '../support/in-time.ts';

/** Near the lengths at which the length field of a frame grows. */
const LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000];

const http = createServer();
const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
let client: WebSocket;
let send: Send;

before(async () => {
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const sender = new Promise<Send>((resolve) =>
    http.on('upgrade', (request, connection, head) =>
      server.handleUpgrade(request, connection, head, (socket) =>
        resolve(limitedSender(socket, { maxUnreadBytes: Number.POSITIVE_INFINITY, connection })),
      ),
    ),
  );
  client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  await once(client, 'open');
  send = await inTime(sender, 'the upgrade');
});

after(() => {
  client.terminate();
  http.close();
});

async function arrived(message: string | Uint8Array): Promise<{ data: Buffer; isBinary: boolean }> {
  const arriving = once(client, 'message');
  send(message);
  const [data, isBinary] = await arriving;
  return { data, isBinary };
}

for (const length of LENGTHS) {
  test(`${length} bytes`, async () => {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7);
    assert.deepEqual(await arrived(bytes), { data: Buffer.from(bytes), isBinary: true });
    const text = 'x'.repeat(length);
    assert.deepEqual(await arrived(text), { data: Buffer.from(text), isBinary: false });
  });
}

test('any text and any bytes', async () => {
  const message = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.uint8Array({ maxLength: 400 }));
  await fc.assert(
    fc.asyncProperty(message, async (each) => {
      const { data, isBinary } = await arrived(each);
      assert.deepEqual(data, Buffer.from(each as string));
      assert.equal(isBinary, typeof each !== 'string');
    }),
    { numRuns: 200 },
  );
});
