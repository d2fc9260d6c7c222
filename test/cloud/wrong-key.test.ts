/**
 * A key that the cloud does not accept, and what becomes of the connection when the cloud accepts it later.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapCloudErrors } from '../../actors/cloud/cloud-errors.ts';
import { openClient } from '../../actors/cloud/convex-cloud.ts';
import { api } from '../../convex/_generated/api.js';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { earshot } from '../support/cli.ts';
import { startEmbeddedProcess } from '../support/embedded-process.ts';
import { inTime } from '../support/in-time.ts';

const OTHER_KEY = 'a key of which this cloud knows nothing';
/** Waiting is shorter than in truth, and longer than the client takes to connect without a token. */
const clock = {
  ...systemClock,
  setTimeout: (callback: () => void, delayMs: number) => systemClock.setTimeout(callback, delayMs / 5),
};

test('a key that the cloud does not accept is told once; when the cloud accepts it, what is watched goes on by itself', async (t) => {
  const cloud = await startEmbeddedProcess();
  t.after(() => cloud.close());
  const said: string[] = [];
  const note = (message: string) => void said.push(message);
  const { client, close } = openClient({
    ...{ url: cloud.url, gatewayKey: OTHER_KEY, claims: { role: 'operator', subject: 'a test' } as const, clock },
    log: { ...silentLog, error: note, warn: note, info: note },
  });
  t.after(close);
  const watched = new Promise<object>((resolve) => client.onUpdate(api.devices.list, {}, resolve, () => {}));
  await assert.rejects(mapCloudErrors(client.query(api.retention.get, {})), {
    name: 'CloudRefusal',
    refusal: 'not_authenticated',
    code: 'not_authorized',
  });
  assert.deepEqual(said, ['the cloud does not accept the key; it is tried again']);
  await cloud.kill();
  cloud.trust(OTHER_KEY);
  await cloud.start();
  assert.deepEqual(await inTime(watched, 'the result of the subscription'), []);
  assert.deepEqual(said.slice(1), ['the cloud accepts the key']);
});

for (const [name, aheadMs] of [
  ['hours behind (its first token has expired)', -3 * 3_600_000],
  ['hours ahead (its tokens are of the future)', 3 * 3_600_000],
] as const) {
  test(`a gateway whose clock is ${name} is accepted, and so are its calls`, async (t) => {
    const cloud = await startEmbeddedProcess();
    t.after(() => cloud.close());
    const { client, close } = openClient({
      ...{ url: cloud.url, gatewayKey: cloud.gatewayKey, claims: { role: 'gateway', subject: 'a test' } as const },
      clock: { ...systemClock, wallNow: () => Date.now() + aheadMs },
      log: { ...silentLog, error: (message) => assert.fail(message) },
    });
    t.after(close);
    await client.mutation(api.reports.add, { device: 'kitchen', at: 1, figures: {} });
  });
}

test('a command with a key that the cloud does not accept says what to do', async (t) => {
  const cloud = await startEmbeddedProcess();
  t.after(() => cloud.close());
  const run = (EARSHOT_GATEWAY_KEY: string) =>
    earshot(['pair', 'list'], { env: { CONVEX_URL: cloud.url, EARSHOT_GATEWAY_KEY } }).ended;
  const refused = await run(OTHER_KEY);
  assert.equal(refused.code, 1);
  assert.equal(refused.stdout, '');
  assert.match(
    refused.stderr,
    /^earshot: The caller has no valid token\. EARSHOT_JWKS of the deployment must be made from/,
  );
  assert.ok(!refused.stderr.includes(OTHER_KEY));
  const short = await run('short');
  assert.deepEqual([short.code, short.stdout], [2, '']);
  assert.match(short.stderr, /too short.*openssl rand -hex 32/);
  assert.equal((await run(cloud.gatewayKey)).code, 0);
});
