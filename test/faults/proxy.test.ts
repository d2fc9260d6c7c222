import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { inTime, once } from '../support/in-time.ts';
import { seededRandom } from '../support/random.ts';
import { type FaultProxy, type FaultProxyOptions, networkFaults, startFaultProxy } from './proxy.ts';

/** A server that returns what it receives, behind the proxy. */
async function echoBehind(
  options: Partial<FaultProxyOptions>,
  work: (proxy: FaultProxy, dial: () => Promise<Socket>) => Promise<void>,
): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port }, ...options });
  const dialled: Socket[] = [];
  try {
    await work(proxy, async () => {
      const socket = connect(proxy.port, '127.0.0.1');
      socket.on('error', () => {});
      dialled.push(socket);
      await once(socket, 'connect');
      return socket;
    });
  } finally {
    for (const socket of dialled) socket.destroy();
    await proxy.close();
    server.close();
  }
}

function collect(socket: Socket, bytes: number): Promise<Buffer> {
  let got = Buffer.alloc(0);
  const all = new Promise<Buffer>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      if (got.length >= bytes) resolve(got);
    });
  });
  return inTime(all, () => `${bytes} bytes; there were ${got.length}`);
}

const message = Buffer.from(Array.from({ length: 5_000 }, (_, i) => i % 251));

test('with jitter and delay every byte arrives, in order, and not earlier than the delay', () =>
  echoBehind({ delayMs: 20, jitterMs: 5 }, async (_proxy, dial) => {
    const socket = await dial();
    const startedMs = performance.now();
    for (let at = 0; at < message.length; at += 500) socket.write(message.subarray(at, at + 500));
    assert.deepEqual(await collect(socket, message.length), message);
    assert.ok(performance.now() - startedMs >= 40);
  }));

test('small blocks never overtake each other', () =>
  echoBehind({ delayMs: 1, jitterMs: 1 }, async (_proxy, dial) => {
    const socket = await dial();
    for (let i = 0; i < 3_000; i++) {
      socket.write(Uint8Array.of(i % 251));
      if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const got = await collect(socket, 3_000);
    assert.deepEqual(
      [...got],
      Array.from({ length: 3_000 }, (_, i) => i % 251),
    );
  }));

test('a low bandwidth takes its time', () =>
  echoBehind({ bytesPerSecond: 50_000 }, async (_proxy, dial) => {
    const socket = await dial();
    const startedMs = performance.now();
    socket.write(message);
    await collect(socket, message.length);
    assert.ok(performance.now() - startedMs >= 150, '5,000 bytes each way at 50,000 bytes/s');
  }));

test('a stall delays bytes and loses none', () =>
  echoBehind({}, async (proxy, dial) => {
    const socket = await dial();
    proxy.stall(100);
    const startedMs = performance.now();
    socket.write(message);
    assert.deepEqual(await collect(socket, message.length), message);
    assert.ok(performance.now() - startedMs >= 95);
  }));

test('a cut closes after exactly this many bytes', () =>
  echoBehind({}, async (proxy, dial) => {
    const socket = await dial();
    // All bytes in one direction, and 7 of the other.
    proxy.cutAfter(message.length + 7);
    socket.write(message);
    let got = 0;
    socket.on('data', (chunk) => {
      got += chunk.length;
    });
    await once(socket, 'close');
    assert.equal(got, 7);
  }));

test('a reset ends every connection at once', () =>
  echoBehind({}, async (proxy, dial) => {
    const socket = await dial();
    socket.write('x');
    await collect(socket, 1);
    const closed = new Promise<boolean>((resolve) => socket.on('close', resolve));
    proxy.reset();
    assert.equal(await inTime(closed, 'the end of the connection'), true, 'closed by an error');
    assert.equal(proxy.connections, 0);
  }));

test('a lost network is silent: open connections stay open without data, new ones get no answer', () =>
  echoBehind({}, async (proxy, dial) => {
    const old = await dial();
    proxy.vanish();
    const fresh = await dial();
    let heard = 0;
    for (const socket of [old, fresh]) socket.on('data', () => heard++);
    old.write('x');
    fresh.write('x');
    proxy.reach();
    const again = await dial();
    again.write('y');
    await collect(again, 1);
    assert.equal(heard, 0);
    assert.equal(old.destroyed || fresh.destroyed, false);
  }));

test('the same seed gives the same faults', () => {
  const schedule = (seed: number) => networkFaults(seededRandom(seed), 20, 5_000);
  assert.deepEqual(schedule(7), schedule(7));
  assert.notDeepEqual(schedule(7), schedule(8));
  assert.equal(new Set(schedule(7).map(({ kind }) => kind)).size, 4);
});
