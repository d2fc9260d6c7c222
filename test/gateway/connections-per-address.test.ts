/**
 * The limits of devices of one address, also behind a proxy that is trusted: then the address that it names counts, not its own.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { parrot } from '../../actors/responder/parrot.ts';
import { limitsFrom } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import { NO_PROXIES, trustedProxies } from '../../src/server/client.ts';
import { eventually } from '../support/eventually.ts';
import { inTime } from '../support/in-time.ts';
import { withoutCloud } from '../support/no-cloud.ts';
import { connectDevice, helloOf, speechFrames, type WireDevice } from '../support/wire-device.ts';

async function openGateway(t: TestContext, limit: string, proxies = NO_PROXIES) {
  const gateway = await startGateway({
    ...{ host: '127.0.0.1', port: 0, responder: parrot, log: silentLog, proxies },
    cloud: withoutCloud({ has: () => false, record: async () => {} }),
    limits: limitsFrom([limit]),
  });
  t.after(() => gateway.close());
  return gateway;
}

async function open(t: TestContext, proxies = NO_PROXIES) {
  const gateway = await openGateway(t, 'connectionsPerAddress=2', proxies);
  let count = 0;
  /** Resolves with the socket that was welcomed, or the status with which it was refused. */
  return (options: { localAddress?: string; headers?: Record<string, string> }) => {
    const answer = new Promise<WebSocket | number | undefined>((resolve, reject) => {
      // Behind a proxy a device needs a token; here each is good.
      const headers = { authorization: 'Bearer good', ...options.headers };
      const socket = new WebSocket(`${gateway.url}/v1/stream`, 'earshot.v1', { ...options, headers });
      t.after(() => socket.terminate());
      socket.on('error', reject);
      socket.on('open', () => socket.send(JSON.stringify(helloOf(`device ${count++}`, 3))));
      socket.on('message', () => resolve(socket));
      socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
    });
    return inTime(answer, 'a welcome or a refusal');
  };
}

test('a third device of an address is refused; one of another address is not, nor is one when another has left', async (t) => {
  const connect = await open(t);
  const first = await connect({ localAddress: '127.0.0.2' });
  assert.ok(first instanceof WebSocket);
  assert.ok((await connect({ localAddress: '127.0.0.2' })) instanceof WebSocket);
  assert.equal(await connect({ localAddress: '127.0.0.2' }), 503);
  assert.ok((await connect({ localAddress: '127.0.0.3' })) instanceof WebSocket);
  first.terminate();
  await eventually(
    async () => (await connect({ localAddress: '127.0.0.2' })) instanceof WebSocket,
    'a place is free again',
  );
});

test('behind a trusted proxy each of its clients has the limit; one that is not trusted names nobody', async (t) => {
  const behind = await open(t, trustedProxies(['127.0.0.2']));
  const from = (address: string, localAddress: string) =>
    behind({ localAddress, headers: { 'x-forwarded-for': address } });
  for (const address of ['192.0.2.1', '192.0.2.1', '192.0.2.2']) {
    assert.ok((await from(address, '127.0.0.2')) instanceof WebSocket, address);
  }
  assert.equal(await from('192.0.2.1', '127.0.0.2'), 503);
  for (const address of ['192.0.2.3', '192.0.2.4']) assert.ok((await from(address, '127.0.0.9')) instanceof WebSocket);
  assert.equal(await from('192.0.2.5', '127.0.0.9'), 503);
});

test('the turns of all devices of an address count together', async (t) => {
  const { url } = await openGateway(t, 'turnsPerAddress=1');
  const frames = speechFrames().slice(0, 5);
  const devices = await Promise.all(
    ['127.0.0.2', '127.0.0.2', '127.0.0.3'].map((localAddress, i) =>
      connectDevice(url, { name: `device ${i}`, token: 'good', localAddress }),
    ),
  );
  const [first, second, other] = devices as [WireDevice, WireDevice, WireDevice];
  const refusals = () =>
    devices.map(({ messages }) => messages.flatMap((each) => (each.type === 'error' ? [each] : [])));
  await other.speak({ frames });
  // A minute may end between two turns: then the next one is refused.
  for (let i = 0; refusals().flat().length === 0; i++) {
    assert.ok(i < 4, 'no turn is refused');
    const device = i % 2 === 0 ? first : second;
    const spoken = device.speak({ frames }).catch(() => {}); // a refused one is not answered
    await Promise.race([spoken, device.waitFor('error')]);
  }
  const [ofFirst = [], ofSecond = [], ofOther] = refusals();
  assert.match([...ofFirst, ...ofSecond][0]?.message ?? '', /devices of this address begin more than 1 turns a minute/);
  assert.deepEqual(ofOther, []);
  for (const device of devices) device.close();
});
