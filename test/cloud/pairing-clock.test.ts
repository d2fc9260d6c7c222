/**
 * How long a code is good for is the cloud's word; a gateway whose clock was never set, or is far ahead, keeps to it all the same.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairDevice } from '../../actors/cloud/pairing.ts';
import { fakeCloud } from '../support/fake-cloud.ts';
import { testScope } from '../support/test-scope.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const CLOUD_MS = Date.UTC(2031, 4, 6);
const LIFETIME_MS = 600_000;

for (const [name, gatewayMs] of [
  ['right', CLOUD_MS],
  ['that was never set', 30_000],
  ['years ahead', Date.UTC(2060, 0, 1)],
] as const) {
  test(`a gateway with a clock ${name} hangs up when the code has expired, and not before`, async () => {
    const clock = createVirtualClock(gatewayMs);
    const startedMs = clock.now();
    let closedAfterMs: number | undefined;
    pairDevice(
      {
        socket: {
          sendText() {},
          sendBinary() {},
          bufferedBytes: 0,
          setReading() {},
          close() {
            closedAfterMs = clock.now() - startedMs;
          },
          terminate() {},
        },
        hello: {
          type: 'hello',
          protocol: 1,
          device: { name: 'toy' },
          audio: { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 3 },
          playback: { bufferMs: 600 },
        },
        scope: testScope(clock),
        listen() {},
      },
      {
        cloud: Promise.resolve(fakeCloud(() => CLOUD_MS + clock.now() - startedMs)),
        places: { take: () => () => {} },
        address: '127.0.0.1',
        warnOccasionally() {},
        onPaired() {},
        newId: () => 'a request',
      },
    );
    await clock.run(LIFETIME_MS + 1_000);
    assert.equal(closedAfterMs, LIFETIME_MS);
  });
}
