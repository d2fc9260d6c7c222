/**
 * Clients that connect and then send nothing, or too little, or do not close: they occupy a bounded number of places
 * for a bounded time, and an honest device can connect at the same time, also from the same address.
 */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { parrot } from '../../actors/responder/parrot.ts';
import { DEFAULT_LIMITS, limitsFrom } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { connected } from '../support/client.ts';
import { inTime, once } from '../support/in-time.ts';
import { withoutCloud } from '../support/no-cloud.ts';

const opened: { gateway: Gateway; sockets: Socket[] }[] = [];
afterEach(async () => {
  for (const { gateway, sockets } of opened.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await gateway.close();
  }
});

async function gatewayWith(...settings: string[]) {
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    responder: parrot,
    cloud: withoutCloud({ has: () => false, async record() {} }),
    limits: limitsFrom(settings),
    log: silentLog,
  });
  const sockets: Socket[] = [];
  opened.push({ gateway, sockets });
  const port = Number(new URL(gateway.url).port);
  return {
    gateway,
    /** A client that sends this, and then nothing more; it reads, and never closes. */
    hold(text = ''): Socket {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => {});
      socket.resume();
      if (text) socket.write(text);
      sockets.push(socket);
      return socket;
    },
    async health() {
      const response = await fetch(`http://127.0.0.1:${port}/health`);
      return (await response.json()) as { connections: number; handshakes: number };
    },
  };
}

const upgrade = (path = '/v1/stream', host = '127.0.0.1') =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: earshot.v1\r\n\r\n';

/**
 * Resolves when the other end has dropped the connection: not only ended its half, after which writes are still
 * accepted, but both, after which they are refused.
 */
async function dropped(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  if (!socket.readableEnded)
    await inTime(
      Promise.race([closed, new Promise((resolve) => socket.once('end', resolve))]),
      'the end of the stream',
    );
  const probe = setInterval(() => socket.write('x'), 20);
  await inTime(closed, 'the end of the connection').finally(() => clearInterval(probe));
}

describe('a refused upgrade', () => {
  test('ends, also when its client does not close', async () => {
    const { gateway, hold } = await gatewayWith('closeMs=300');
    const held = Array.from({ length: 50 }, () => hold(upgrade('/elsewhere')));
    await Promise.all(held.map(dropped));
    assert.equal(gateway.handshakes(), 0);
  });

  test('is counted until it has ended', async () => {
    const { gateway, hold, health } = await gatewayWith('closeMs=60000');
    const held = Array.from({ length: 20 }, () => hold(upgrade('/elsewhere')));
    await Promise.all(held.map((socket) => once(socket, 'end')));
    assert.equal(gateway.handshakes(), 20);
    assert.equal((await health()).handshakes, 21, 'those, and the request itself');
  });

  test('does not delay the end of the gateway', async () => {
    const { gateway, hold } = await gatewayWith('closeMs=60000');
    const held = Array.from({ length: 20 }, () => hold(upgrade('/elsewhere')));
    await Promise.all(held.map((socket) => once(socket, 'end')));
    const startedMs = performance.now();
    await gateway.close();
    // Long before their time limit.
    assert.ok(performance.now() - startedMs < 40_000);
  });
});

const UNFINISHED: [what: string, text: string][] = [
  ['that sends nothing', ''],
  ['that sends half a request', 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-'],
  ['that never ends its body', 'POST /health HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n1'],
  ['that sends no hello', upgrade()],
];

describe('a client', () => {
  for (const [what, text] of UNFINISHED) {
    test(`${what} is dropped after its time limit`, async () => {
      const { gateway, hold } = await gatewayWith('requestMs=400', 'helloMs=400', 'closeMs=200');
      const startedMs = performance.now();
      const socket = hold(text);
      // A close frame does not end the connection: this client does not answer it.
      await dropped(socket);
      assert.ok(performance.now() - startedMs >= 300);
      assert.equal(gateway.handshakes(), 0);
    });

    test(`${what} does not prevent an honest device of its address from connecting, however often it connects`, async () => {
      const { gateway, hold, health } = await gatewayWith('requestMs=60000', 'helloMs=60000');
      for (let i = 0; i < 1_000; i++) hold(text);
      const device = await connected(gateway.url, 'honest');
      const { connections, handshakes } = await health();
      assert.equal(connections, 1);
      assert.ok(handshakes <= DEFAULT_LIMITS.handshakesPerAddress + 1, `${handshakes} are counted`);
      device.close();
    });
  }

  test('that sends one byte at a time is dropped after its time limit', async () => {
    const { hold } = await gatewayWith('requestMs=400');
    const socket = hold();
    const drip = setInterval(() => socket.write('x'), 20);
    socket.write('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ');
    await dropped(socket);
    clearInterval(drip);
  });

  test('that sends requests and never reads the answers uses a bounded buffer, and is dropped', async () => {
    const { gateway } = await gatewayWith('requestMs=400');
    const socket = connect({ port: Number(new URL(gateway.url).port), host: '127.0.0.1' });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.pause();
    // As much as the system accepts, and then what waits here: it is not accepted any more.
    const requests = 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(1_000);
    const fill = () => {
      while (socket.write(requests)) if (socket.writableLength > 100_000_000) assert.fail('it accepts everything');
    };
    socket.on('drain', fill);
    fill();
    await inTime(closed, 'the end of the connection');
  });
});

test('a connected device stays, whatever connects after it', async () => {
  const { gateway, hold } = await gatewayWith();
  const device = await connected(gateway.url, 'honest');
  const held = Array.from({ length: 500 }, (_, i) => hold(i % 2 === 0 ? '' : upgrade()));
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  await device.settled();
  device.close();
});

test('when all places are occupied, a device gets an error', async () => {
  const { gateway } = await gatewayWith('connections=2');
  const devices = [await connected(gateway.url, 'one'), await connected(gateway.url, 'two')];
  const third = new WebSocket(`${gateway.url}/v1/stream`, 'earshot.v1');
  const [, response] = await once(third, 'unexpected-response');
  assert.equal(response.statusCode, 503);
  third.on('error', () => {});
  third.terminate();
  for (const device of devices) device.close();
});
