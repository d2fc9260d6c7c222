/**
 * Two gateways share a cloud: a device may be at any of them, and its newest connection counts.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { hashTokenSync } from '../../actors/cloud/access.ts';
import { api } from '../../convex/_generated/api.js';
import { CLOSE_REPLACED, CLOSE_REVOKED } from '../../src/protocol/control.ts';
import { eventually } from '../support/eventually.ts';
import { openGateways, type SharingGateway, type SharingGateways } from '../support/gateways.ts';
import { connectDevice, speechFrames } from '../support/wire-device.ts';

const FRAMES = speechFrames().slice(0, 15);
let shared: SharingGateways;
let first: SharingGateway;
let second: SharingGateway;

before(async () => {
  shared = await openGateways({ count: 2 });
  [first, second] = shared.gateways as [SharingGateway, SharingGateway];
});
after(() => shared.close());

const named = (name: string) => `${name}-${randomUUID().slice(0, 8)}`;

/** When the cloud knows where a device is. */
async function isAt(device: string, gateway: SharingGateway): Promise<void> {
  await eventually(async () => {
    const { connection } = await shared.asGateway.query(api.devices.watch, { device });
    return connection?.gateway === gateway.cloud.gatewayId;
  }, `${device} is at the gateway`);
}

test('the newest connection of a device wins, at whichever gateway it is, also back and forth', async () => {
  const name = named('kitchen');
  let older = await connectDevice(first.url, { name });
  await isAt(name, first);
  for (const gateway of [second, first, second]) {
    const newer = await connectDevice(gateway.url, { name });
    const told = await older.waitFor('bye');
    assert.deepEqual([told.reason, (await older.closed).code], ['replaced', CLOSE_REPLACED]);
    await newer.speak({ frames: FRAMES });
    older = newer;
  }
  await isAt(name, second);
  const sessions = await shared.asOperator.query(api.sessions.list, { device: name });
  const ids = [second, first, second, first].map(({ cloud }) => cloud.gatewayId);
  assert.deepEqual(
    sessions.map(({ gateway }) => gateway),
    ids,
  );
  older.close();
});

test('many devices change their gateway at the same time: each stays at the gateway where it connected last', async () => {
  const names = Array.from({ length: 20 }, () => named('many'));
  const older = await Promise.all(names.map((name) => connectDevice(first.url, { name })));
  // Not all are known to the cloud yet.
  const newer = await Promise.all(names.map((name) => connectDevice(second.url, { name })));
  for (const { closed } of older) assert.equal((await closed).code, CLOSE_REPLACED);
  for (const device of newer) await device.speak({ frames: FRAMES });
  for (const device of newer) device.close();
});

test('a token that is revoked is invalid at every gateway at once', async () => {
  const devices = await Promise.all(
    [first, second].map(async (gateway) => {
      const name = named('hall');
      const token = await pair(name);
      return { name, connection: await connectDevice(gateway.url, { token }) };
    }),
  );
  for (const { name, connection } of devices) {
    await connection.waitFor('welcome');
    await shared.asOperator.mutation(api.devices.revoke, { device: name });
    assert.equal((await connection.closed).code, CLOSE_REVOKED);
  }
});

async function pair(device: string): Promise<string> {
  const [request, token] = [randomUUID(), randomUUID().replaceAll('-', '').repeat(2)];
  const code = String(Math.floor(Math.random() * 1_000_000)).padStart(6, '0');
  await shared.asGateway.mutation(api.pairing.request, { request, code, device });
  await shared.asOperator.mutation(api.pairing.approve, { code });
  await shared.asGateway.mutation(api.pairing.claim, { request, tokenHash: hashTokenSync(token) });
  return token;
}
