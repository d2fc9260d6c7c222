/**
 * Two gateways of two tenants at one cloud: devices of the same name are two devices, a token is good at its tenant's gateways only, and a tenant's quota is
 * its own.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hashTokenSync } from '../../actors/cloud/access.ts';
import { api } from '../../convex/_generated/api.js';
import { CLOSE_TRY_AGAIN_LATER } from '../../src/protocol/control.ts';
import { type CloudClients, cloudClients } from '../support/cloud-clients.ts';
import { eventually } from '../support/eventually.ts';
import { openGateways, type SharingGateway, type SharingGateways } from '../support/gateways.ts';
import { connectDevice, speechFrames } from '../support/wire-device.ts';

const FRAMES = speechFrames().slice(0, 15);
const TOKEN = 'the-token-of-the-hall-of-acme';
let shared: SharingGateways;
let acme: CloudClients;
let gatewayOfAcme: SharingGateway;
let gatewayOfDefault: SharingGateway;

before(async () => {
  shared = await openGateways({ count: 2, tenants: ['acme', 'default'] });
  [gatewayOfAcme, gatewayOfDefault] = shared.gateways as [SharingGateway, SharingGateway];
  const { url, gatewayKey } = shared.embedded;
  acme = cloudClients({ url, gatewayKey, tenant: 'acme' });
});
after(async () => {
  await acme.close();
  await shared.close();
});

/** As a gateway and an operator of acme do it. */
async function pairAtAcme(device: string, token: string): Promise<void> {
  const [request, code] = ['3'.repeat(32), '123456'];
  await acme.asGateway.mutation(api.pairing.request, { device, request, code });
  assert.equal((await acme.asOperator.mutation(api.pairing.approve, { code })).ok, true);
  await acme.asGateway.mutation(api.pairing.claim, { request, tokenHash: hashTokenSync(token) });
}

test('a turn is recorded for the tenant of its gateway', async () => {
  for (const { url } of [gatewayOfAcme, gatewayOfDefault]) {
    const device = await connectDevice(url, { name: 'kitchen' });
    const { id } = await device.speak({ frames: FRAMES });
    await device.waitFor('turn.stored', (message) => message.id === id && message.cloud === true);
    const [own, other] = url === gatewayOfAcme.url ? [acme, shared] : [shared, acme];
    await eventually(async () => {
      const turns = await own.asOperator.query(api.turns.list, { limit: 10 });
      return turns.some((turn) => turn.turn === id);
    }, 'its operator sees it');
    const others = await other.asOperator.query(api.turns.list, { limit: 10 });
    assert.ok(others.every(({ turn }) => turn !== id));
    device.close();
  }
});

test('a token is good at the gateways of its tenant only', async () => {
  await pairAtAcme('hall', TOKEN);
  const device = await connectDevice(gatewayOfAcme.url, { name: 'hall', token: TOKEN });
  await device.waitFor('welcome');
  device.close();
  await assert.rejects(connectDevice(gatewayOfDefault.url, { name: 'hall', token: TOKEN }), { status: 401 });
});

test('the quota of a tenant limits its devices, and no others', async () => {
  await acme.asOperator.mutation(api.quotas.set, { quota: { connections: 1 } });
  await eventually(async () => {
    // Its gateway hears of it.
    const [first, second] = await Promise.all(['one', 'two'].map((name) => connectDevice(gatewayOfAcme.url, { name })));
    const closed = await Promise.race([first?.closed, second?.closed, welcomed([first, second])]);
    first?.close();
    second?.close();
    return closed?.code === CLOSE_TRY_AGAIN_LATER;
  }, 'the second device of acme is refused');
  const others = await Promise.all(['one', 'two'].map((name) => connectDevice(gatewayOfDefault.url, { name })));
  for (const other of others) {
    await other.waitFor('welcome');
    other.close();
  }
});

async function welcomed(devices: (Awaited<ReturnType<typeof connectDevice>> | undefined)[]): Promise<undefined> {
  await Promise.all(devices.map((device) => device?.waitFor('welcome').catch(() => new Promise(() => {}))));
}
