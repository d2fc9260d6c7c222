/** The messages that a device sends within one turn of the event loop are one write, without a delay. */
import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Server, type Socket as TcpSocket } from 'node:net';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { WebSocketServer } from 'ws';
import { coalescing } from '../../actors/network/coalesce.ts';
import type { Socket } from '../../actors/network/socket.ts';
import { dialer } from '../../actors/network/websocket.ts';
import { createScope } from '../../src/core/actor/scope.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { createCertificate } from '../support/certificate.ts';
import { eventually } from '../support/eventually.ts';
import { inTime, once } from '../support/in-time.ts';
import { settle } from '../support/run-actor.ts';

test('the writes of one turn of the event loop are combined, and those of the next are separate', async () => {
  const writes: number[] = [];
  const connection = new Writable({
    write(_chunk, _encoding, done) {
      writes.push(1);
      done();
    },
    writev(chunks, done) {
      writes.push(chunks.length);
      done();
    },
  });
  const beforeWrite = coalescing(connection);
  const say = (text: string) => {
    beforeWrite();
    connection.write(text);
  };
  for (const text of ['a', 'b', 'c']) say(text);
  assert.deepEqual(writes, [], 'not yet');
  await Promise.resolve();
  await settle();
  assert.deepEqual(writes, [3]);
  say('d');
  await settle();
  assert.deepEqual(writes, [3, 1]);
});

const APPLICATION_DATA = 23;
const RECORD_HEADER_BYTES = 5;

/** Counts TLS records of application data (RFC 8446 §5.1), however the stream is split. */
function recordCounter() {
  let pending = Buffer.alloc(0);
  let records = 0;
  return {
    take(bytes: Buffer) {
      pending = Buffer.concat([pending, bytes]);
      while (pending.length >= RECORD_HEADER_BYTES) {
        const end = RECORD_HEADER_BYTES + pending.readUInt16BE(3);
        if (pending.length < end) return;
        if (pending[0] === APPLICATION_DATA) records += 1;
        pending = pending.subarray(end);
      }
    },
    records: () => records,
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('over TLS, a packet and the messages with it are one record', async (t) => {
  const certificate = await createCertificate();
  if (!certificate) return t.skip('needs openssl for a certificate');
  // The content of the certificate does not matter here.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const messages: string[] = [];
  const webSockets = new WebSocketServer({ noServer: true });
  const { createServer: createHttpServer } = await import('node:http');
  const http = createHttpServer();
  http.on('upgrade', (request, socket, head) =>
    webSockets.handleUpgrade(request, socket, head, (client) =>
      client.on('message', (data) => messages.push(String(data))),
    ),
  );
  const secure = createTlsServer(certificate, (socket) => void http.emit('connection', socket));
  const inside = await listen(secure);
  const counter = recordCounter();
  const sockets: TcpSocket[] = [];
  t.after(() => {
    for (const each of sockets) each.destroy();
    for (const server of [proxy, secure]) server.close();
  });
  const proxy = createServer((outside) => {
    const to = connect(inside, '127.0.0.1');
    sockets.push(outside, to);
    for (const socket of [outside, to]) socket.on('error', () => {});
    outside.on('data', counter.take);
    outside.pipe(to).pipe(outside);
  });
  const port = await listen(proxy);
  const scope = createScope('test', {
    clock: systemClock,
    log: silentLog,
    onCrash: (error) => assert.fail(String(error)),
  });
  const opened = new Promise<Socket>((resolve) => {
    const dialled: Socket = dialer({ gateway: new URL(`wss://localhost:${port}`) })(
      { onOpen: () => resolve(dialled), onText() {}, onBinary() {}, onClose() {} },
      scope,
    );
  });
  const socket = await inTime(opened, 'an open connection');
  const before = counter.records();
  socket.sendBinary(Buffer.from('packet'));
  socket.sendText('ack');
  socket.sendText('report');
  await eventually(() => messages.length === 3, 'the messages');
  assert.deepEqual(messages, ['packet', 'ack', 'report']);
  assert.equal(counter.records() - before, 1);
  socket.sendBinary(Buffer.from('packet'));
  await settle();
  socket.sendText('ack');
  await eventually(() => messages.length === 5, 'the next messages');
  assert.equal(counter.records() - before, 3, 'one turn of the event loop after the other');
  socket.close(1000, 'over');
});
