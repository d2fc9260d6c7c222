/**
 * The cloud decides how long a code is valid; a gateway whose clock was never set, or is far ahead, applies the same time.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairDevice } from '../../actors/cloud/pairing.ts';
import type { AcceptSocket, SocketHandlers } from '../../actors/network/socket.ts';
import { receiveHello } from '../../actors/session/handshake.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { fakeCloud } from '../support/fake-cloud.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const CLOUD_MS = Date.UTC(2031, 4, 6);
const LIFETIME_MS = 600_000;

for (const [name, gatewayMs] of [
  ['right', CLOUD_MS],
  ['that was never set', 30_000],
  ['years ahead', Date.UTC(2060, 0, 1)],
] as const) {
  test(`a gateway with a clock ${name} closes the connection when the code has expired, and not before`, async () => {
    const clock = createVirtualClock(gatewayMs);
    const startedMs = clock.now();
    let closedAfterMs: number | undefined;
    const pairing = {
      cloud: Promise.resolve(fakeCloud(() => CLOUD_MS + clock.now() - startedMs)),
      places: { take: () => () => {} },
      address: '127.0.0.1',
      warnOccasionally() {},
      onPaired() {},
      newId: () => 'a request',
    };
    let handlers: SocketHandlers | undefined;
    const accept: AcceptSocket = (given) => {
      handlers = given;
      return {
        sendText() {},
        sendBinary() {},
        bufferedBytes: 0,
        setReading() {},
        close() {
          closedAfterMs = clock.now() - startedMs;
        },
        terminate() {},
      };
    };
    receiveHello(accept, { clock, log: silentLog, helloMs: 10_000 }, (device) => pairDevice(device, pairing));
    const audio = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 3 };
    const hello = { type: 'hello', protocol: 1, device: { name: 'toy' }, audio, playback: { bufferMs: 600 } };
    handlers?.onText(JSON.stringify(hello));
    await clock.run(LIFETIME_MS + 1_000);
    assert.equal(closedAfterMs, LIFETIME_MS);
  });
}
