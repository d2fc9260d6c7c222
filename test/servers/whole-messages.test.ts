/**
 * A server reads the same messages from any bytes, however they are cut into pieces, with and without the shorter way for whole messages.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { WebSocket, WebSocketServer } from 'ws';
import { MessageBoundary } from '../../src/server/message-boundary.ts';
import { readIntoSharedBuffer } from '../../src/server/shared-read-buffer.ts';
import { CONTENT_PIECE_BYTES, readWholeMessages, wholeMessageEnd } from '../../src/server/whole-messages.ts';
import { inTime, once } from '../support/in-time.ts';

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const MASK = [1, 0x80, 0xff, 0x3c];
const RUNS = { numRuns: 60, seed: 42 };

function frame(opcode: number, content: Uint8Array, isFinal = true): Buffer {
  const length = content.length;
  const head = length < 126 ? [length] : [126, length >> 8, length & 0xff];
  const header = [(isFinal ? 0x80 : 0) | opcode, 0x80 | (head[0] ?? 0), ...head.slice(1), ...MASK];
  return Buffer.from([...header, ...content.map((byte, i) => byte ^ (MASK[i % 4] ?? 0))]);
}

/** Frames of whole messages: some in one frame, some in several with a ping between. */
const message = fc.record({
  content: fc.uint8Array({ maxLength: 300 }),
  cutAt: fc.option(fc.nat(300)),
});
function framesOf({ content, cutAt }: { content: Uint8Array; cutAt: number | null }): Buffer[] {
  if (cutAt === null) return [frame(BINARY, content)];
  const [first, rest] = [content.subarray(0, cutAt), content.subarray(cutAt)];
  return [frame(BINARY, first, false), frame(PING, Uint8Array.of(1)), frame(0, rest)];
}

test('a boundary is where all messages are complete, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
      (messages, steps) => {
        const bytes = Buffer.concat(messages.flatMap(framesOf));
        const ends = new Set<number>([0]);
        let end = 0;
        for (const each of messages) {
          end += Buffer.concat(framesOf(each)).length;
          ends.add(end);
        }
        const boundary = new MessageBoundary();
        for (let at = 0; at < bytes.length; ) {
          const to = Math.min(bytes.length, at + (steps.next().value ?? 1));
          boundary.pass(bytes.subarray(at, to));
          at = to;
          assert.equal(boundary.isReached, ends.has(at), `at ${at} of ${bytes.length}`);
        }
      },
    ),
    RUNS,
  );
});

test('a whole masked text or binary message is found, and nothing else', () => {
  const whole = frame(BINARY, new Uint8Array(200));
  const other = Buffer.of(1, 2, 3);
  for (const [opcode, length] of [
    [BINARY, 200],
    [BINARY, 125],
    [BINARY, 126],
    [BINARY, 0],
    [TEXT, 30],
  ] as const) {
    const bytes = frame(opcode, new Uint8Array(length));
    assert.equal(wholeMessageEnd(bytes, 0, bytes.length), bytes.length);
    const among = Buffer.concat([other, bytes, other]);
    assert.equal(wholeMessageEnd(among, 3, among.length), 3 + bytes.length);
    // Whatever is in the memory after what was read.
    for (let end = 3; end < 3 + bytes.length; end++)
      assert.equal(wholeMessageEnd(among, 3, end), 0, `${length}: ${end}`);
  }
  const others = {
    'a ping': frame(PING, new Uint8Array(20)),
    'a close': frame(CLOSE, new Uint8Array(2)),
    'a fragment': frame(BINARY, new Uint8Array(200), false),
    'the last fragment': frame(0, new Uint8Array(200)),
    'without a mask': Buffer.from([0x82, 4, 1, 2, 3, 4]),
    'a reserved bit': Buffer.from([0xc2, ...whole.subarray(1)]),
    'a length of 64 bits': Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, ...MASK]),
    nothing: Buffer.alloc(0),
  };
  for (const [what, bytes] of Object.entries(others)) assert.equal(wholeMessageEnd(bytes, 0, bytes.length), 0, what);
});

const http = createServer();
const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
let port: number;
const open = new Set<Socket>();

before(async () => {
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  ({ port } = http.address() as AddressInfo);
});
after(() => {
  for (const socket of open) socket.destroy();
  http.close();
});

/** A client of bytes, and what the server has received from it, as it got it: nobody else may write there. */
async function connected() {
  const received: Uint8Array[] = [];
  let shortly = 0;
  let onReceived = () => {};
  const note = (content: Uint8Array) => {
    received.push(content);
    onReceived();
  };
  const upgraded = new Promise<WebSocket>((resolve) =>
    http.once('upgrade', (request, connection, head) =>
      server.handleUpgrade(request, connection, head, (socket) => {
        socket.on('message', (data: Buffer) => note(data));
        const isRead = readWholeMessages(connection, socket, {
          onWholeMessage(content) {
            shortly += 1;
            note(content);
          },
        });
        assert.ok(isRead);
        resolve(socket);
      }),
    ),
  );
  const client = connect(port, '127.0.0.1');
  open.add(client);
  client.setNoDelay(true);
  client.write(
    `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'a'.repeat(22)}==\r\n\r\n`,
  );
  await once(client, 'data');
  client.on('data', () => {}); // Pongs, and the close.
  return {
    client,
    socket: await inTime(upgraded, 'the upgrade'),
    received,
    shortly: () => shortly,
    async until(count: number) {
      while (received.length < count) {
        const more = new Promise<void>((resolve) => {
          onReceived = resolve;
        });
        await inTime(more, `message ${received.length + 1}`);
      }
    },
  };
}

test('all messages arrive in order, whole or cut, and whole ones without `ws`', async () => {
  const { client, received, shortly, until } = await connected();
  const contents = Array.from({ length: 40 }, (_, i) => Uint8Array.from({ length: (i * 37) % 500 }, (_, k) => i + k));
  for (const [i, content] of contents.entries()) {
    const bytes = i % 5 === 4 ? Buffer.concat(framesOf({ content, cutAt: 3 })) : frame(BINARY, content);
    if (i % 3 === 2) {
      client.write(bytes.subarray(0, 5));
      // The rest is read separately: the server has to have the first piece by then.
      await new Promise((resolve) => setImmediate(resolve));
      client.write(bytes.subarray(5));
    } else client.write(bytes);
    await until(i + 1);
  }
  assert.deepEqual(received.map(plain), contents.map(plain));
  assert.ok(shortly() > 15, `${shortly()} of 40`);
});

const plain = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('of what is kept no other connection is kept', async () => {
  const [one, other] = [await connected(), await connected()];
  for (let i = 1; i <= 20; i++) {
    for (const { client, until } of [one, other]) {
      client.write(frame(BINARY, new Uint8Array(150)));
      await until(i);
    }
  }
  const memoryOf = ({ received }: typeof one) => new Set(received.map(({ buffer }) => buffer));
  const both = [memoryOf(one), memoryOf(other)];
  assert.equal(new Set(both.flatMap((each) => [...each])).size, (both[0]?.size ?? 0) + (both[1]?.size ?? 0));
  for (const memory of both.flatMap((each) => [...each])) assert.equal(memory.byteLength, CONTENT_PIECE_BYTES);
});

test('messages that are read at once arrive in order, texts among them, and then a part of one', async () => {
  const { client, received, shortly, until } = await connected();
  const fragments = framesOf({ content: Uint8Array.of(6, 7), cutAt: 1 });
  const cut = frame(BINARY, Uint8Array.of(8, 9));
  client.write(
    Buffer.concat([
      ...[frame(BINARY, Uint8Array.of(1)), frame(TEXT, Buffer.from('two')), frame(BINARY, Uint8Array.of(3))],
      ...[frame(PING, Uint8Array.of(4)), frame(BINARY, Uint8Array.of(5)), ...fragments, cut.subarray(0, 7)],
    ]),
  );
  await until(5);
  client.write(cut.subarray(7));
  await until(6);
  client.write(frame(BINARY, Uint8Array.of(10)));
  await until(7);
  assert.deepEqual(received.map(plain), ['01', plain(Buffer.from('two')), '03', '05', '0607', '0809', '0a']);
  assert.equal(shortly(), 3);
});

test('a connection is read again after a pause, and what comes meanwhile waits', async () => {
  const { client, socket, received, until } = await connected();
  client.write(frame(BINARY, Uint8Array.of(1)));
  await until(1);
  socket.pause();
  client.write(frame(BINARY, Uint8Array.of(2)));
  const other = await connected();
  other.client.write(frame(BINARY, Uint8Array.of(3)));
  // Both were sent to the same process, the other one later.
  await other.until(1);
  assert.equal(received.length, 1);
  socket.resume();
  await until(2);
  assert.deepEqual(received.map(plain), ['01', '02']);
});

/** Without a network: what is pushed is one piece. */
async function onLine() {
  const line = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
  const socket = new WebSocket(null as never, undefined, {}) as WebSocket & {
    setSocket(line: Duplex, head: Buffer, options: object): void;
  };
  socket.setSocket(line, Buffer.alloc(0), { maxPayload: 1_000 });
  const received: Buffer[] = [];
  socket.on('message', (data: Buffer) => received.push(data));
  readWholeMessages(line, socket, { onWholeMessage: (content) => received.push(Buffer.from(content)) });
  await new Promise((resolve) => setImmediate(resolve));
  return { line, socket, received };
}

test('what looks like a message inside of another one is its content', async () => {
  const { line, received } = await onLine();
  const inside = frame(BINARY, Uint8Array.of(7));
  for (const opcode of [BINARY, 1]) {
    line.push(Buffer.from([0x80 | opcode, 0x80 | inside.length, 0, 0, 0, 0]));
    // A text has to be UTF-8.
    if (opcode === BINARY) line.push(Buffer.from(inside));
    else line.push(Buffer.alloc(inside.length, 65));
  }
  const fragment = frame(BINARY, Uint8Array.of(1), false);
  line.push(fragment);
  line.push(frame(0, Uint8Array.of(2)));
  line.push(Buffer.from(inside));
  assert.deepEqual(received, [inside, Buffer.alloc(inside.length, 65), Buffer.of(1, 2), Buffer.of(7)]);
});

test('what a paused connection has read before it closed is delivered once', async () => {
  const { line, socket, received } = await onLine();
  line.push(frame(BINARY, Uint8Array.of(1)));
  socket.pause();
  line.push(frame(BINARY, Uint8Array.of(2)));
  assert.deepEqual(received, [Buffer.of(1)]);
  const closed = once(line, 'close');
  line.destroy();
  await closed;
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(received, [Buffer.of(1), Buffer.of(2)]);
});

test('after a close everything is ignored', async () => {
  const { line, socket, received } = await onLine();
  const failed = once(socket, 'error').then(([error]) => error);
  // `ws` may close it itself.
  const closed = once(line, 'close').then(() => 'closed');
  line.push(frame(BINARY, Uint8Array.of(1)));
  line.push(frame(CLOSE, Uint8Array.of(0x03, 0xe8)));
  line.push(frame(BINARY, Uint8Array.of(2)));
  await new Promise((resolve) => setImmediate(resolve));
  line.push(frame(1, Uint8Array.of(65)));
  line.push(null);
  assert.equal(await Promise.race([closed, failed]), 'closed');
  assert.deepEqual(received, [Buffer.of(1)]);
});

test('after a fault everything is ignored', async () => {
  const { line, socket, received } = await onLine();
  const failed = once(socket, 'error').catch((error) => [error]);
  const closed = once(line, 'close');
  line.push(Buffer.from([0x82, 1, 7])); // Without a mask.
  const [error] = await failed;
  assert.match(String(error), /MASK must be set/);
  let errors = 0;
  socket.on('error', () => {
    errors += 1;
  });
  for (const opcode of [BINARY, 1]) line.push(frame(opcode, Uint8Array.of(65)));
  line.push(null);
  await closed;
  assert.deepEqual([received, errors], [[], 0]);
});

test('an accepted connection can be read into shared memory, once; another stream cannot', async () => {
  const accepted = new Promise<Socket>((resolve) =>
    http.once('upgrade', (_request, socket) => resolve(socket as Socket)),
  );
  const client = connect(port, '127.0.0.1');
  open.add(client);
  client.write('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  const connection = await inTime(accepted, 'the upgrade');
  const read: string[] = [];
  let onRead = () => {};
  const use = (bytes: number, memory: Uint8Array) => {
    read.push(Buffer.from(memory.subarray(0, bytes)).toString());
    onRead();
  };
  assert.equal(readIntoSharedBuffer(connection, use), true);
  assert.equal(readIntoSharedBuffer(connection, use), false);
  assert.equal(readIntoSharedBuffer(new Duplex(), use), false);
  const ended = once(connection, 'end');
  for (const text of ['one', 'two']) {
    const next = new Promise<void>((resolve) => {
      onRead = resolve;
    });
    client.write(text);
    connection.resume();
    await inTime(next, text);
  }
  client.end();
  await ended;
  assert.deepEqual(read, ['one', 'two']);
});
