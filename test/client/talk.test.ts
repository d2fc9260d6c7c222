/** The client library against the real gateway: a program brings Opus frames, and gets the reply's frames. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { createClient } from '../../src/client/index.ts';
import { gatewayForTests } from '../support/gateway.ts';
import { speechFrames } from '../support/wire-device.ts';

const gateway = gatewayForTests();

test('a program talks: its frames are answered with frames', async () => {
  const client = createClient({ url: gateway.url, name: 'script', WebSocket });
  const states: string[] = [];
  client.on('state', ({ state }) => states.push(state));
  const connected = new Promise<void>((resolve) =>
    client.on('state', ({ state }) => state === 'connected' && resolve()),
  );
  client.connect();
  await connected;
  const turn = client.talk('api');
  const received: Buffer[] = [];
  turn.on('frame', ({ frame }) => received.push(Buffer.from(frame)));
  const done = new Promise<string>((resolve) => turn.on('done', ({ outcome }) => resolve(outcome)));
  const frames = speechFrames();
  for (const frame of frames) turn.send(frame);
  turn.end();
  assert.equal(await done, 'done');
  assert.deepEqual(
    received,
    frames.map((frame) => Buffer.from(frame)),
  );
  assert.deepEqual(gateway.recorded, [turn.id]);
  await client.close();
  assert.deepEqual(states, ['connecting', 'connected', 'closed']);
});
