/**
 * What a device does with the HTTP status of a refused connection: it tries again soon where that may help.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { parseGateway } from '../../actors/network/gateway-address.ts';
import { defineNetwork } from '../../actors/network/network.ts';
import { dialer } from '../../actors/network/websocket.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import { runActor } from '../../src/core/actor/run-actor.ts';
import type { NetworkContract } from '../../src/core/contracts/index.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { fakeBoot } from '../support/fake-boot.ts';
import { inTime, once } from '../support/in-time.ts';
import { HELLO } from './network-device.ts';

/** How the attempt to connect ends at a server that answers with this status. */
async function endAt(status: number): Promise<[code: string, retryable: boolean]> {
  const server = createServer().on('upgrade', (_request, socket) => {
    socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const gateway = parseGateway(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const ended = new Promise<Extract<NetworkContract['sends'], { type: 'network.closed' }>>((resolve) => {
    const actor = runActor(
      'network',
      defineNetwork({
        ...{ dial: dialer({ gateway }), hello: HELLO, downlink() {}, onReceiverReport() {}, random: () => 0.5 },
        uplink: createChannel({ name: 'uplink', limit: 1, whenFull: 'drop-newest' }),
        backlog: createChannel({ name: 'backlog', limit: 1, whenFull: 'drop-newest' }),
        watchInterfaces: () => () => {},
        boot: fakeBoot(systemClock),
      }),
      { clock: systemClock, log: silentLog },
      (event) => {
        if (event.type !== 'network.closed') return;
        actor.stop();
        resolve(event);
      },
      (error) => assert.fail(String(error)),
    );
    actor.receive({ type: 'network.connect' });
  });
  const closed = await inTime(ended, 'network.closed');
  server.close();
  return [closed.error.code, closed.retryable];
}

for (const status of [429, 502, 503, 504]) {
  test(`HTTP ${status}: the gateway, or a balancer in front of it, takes no connection for the moment`, async () => {
    assert.deepEqual(await endAt(status), ['gateway_busy', true]);
  });
}

for (const status of [401, 404]) {
  test(`HTTP ${status}: another attempt soon would fail as well`, async () => {
    assert.deepEqual(await endAt(status), ['gateway_refused', false]);
  });
}
