/**
 * Presses and mute from afar, from the operator through the cloud to the gateway where the device is, and what the device tells of itself back.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createRemoteControls } from '../../actors/cloud/remote-controls.ts';
import { api } from '../../convex/_generated/api.js';
import type { ControlAction } from '../../src/protocol/remote-control.ts';
import { eventually } from '../support/eventually.ts';
import { openGateways, type SharingGateway, type SharingGateways } from '../support/gateways.ts';
import { connectDevice, helloOf, type WireDevice } from '../support/wire-device.ts';

let shared: SharingGateways;
let first: SharingGateway;
let second: SharingGateway;

before(async () => {
  shared = await openGateways({ count: 2 });
  [first, second] = shared.gateways as [SharingGateway, SharingGateway];
});
after(() => shared.close());

const named = () => `kitchen-${randomUUID().slice(0, 8)}`;
const connect = (gateway: SharingGateway, name: string, features: string[]) =>
  connectDevice(gateway.url, { hello: { ...helloOf(name), features } });
const send = (device: string, action: ControlAction, id: string = randomUUID()) =>
  shared.asOperator.mutation(api.controls.send, { device, id, action });
const refused = (call: Promise<unknown>, code: string) =>
  assert.rejects(call, (error: { data?: { code?: string } }) => error.data?.code === code);
const controls = (device: WireDevice) =>
  device.messages.flatMap((message) => (message.type === 'control' ? [message.action] : []));

async function overviewOf(name: string) {
  const { devices } = await shared.asOperator.query(api.devices.overview, {});
  return devices.find((device) => device.name === name);
}

async function isAt(name: string, gateway: SharingGateway): Promise<void> {
  await eventually(async () => {
    const { connection } = await shared.asGateway.query(api.devices.watch, { device: name });
    return connection?.gateway === gateway.cloud.gatewayId;
  }, `${name} is at the gateway`);
}

test('each finds its device at the gateway where it is, once, in order, and not at its next connection', async () => {
  const name = named();
  const features = ['mute', 'press'];
  const older = await connect(first, name, features);
  await isAt(name, first);
  const id = randomUUID();
  await send(name, 'press', id);
  await send(name, 'press', id);
  await send(name, 'release');
  await older.waitFor('control', ({ action }) => action === 'release');
  assert.deepEqual(controls(older), ['press', 'release']);
  const newer = await connect(second, name, features);
  await isAt(name, second);
  await send(name, 'mute');
  await newer.waitFor('control');
  assert.deepEqual(controls(newer), ['mute']);
  newer.close();
});

test('the device tells whether it is muted: the operator sees it, and is told why it cannot be unmuted', async () => {
  const name = named();
  const device = await connect(first, name, ['mute']);
  await isAt(name, first);
  assert.deepEqual((await overviewOf(name))?.features, ['mute']);
  device.send({ type: 'mute', muted: true, by: 'gateway' });
  await eventually(async () => (await overviewOf(name))?.mutedBy === 'gateway', 'muted by the gateway');
  await send(name, 'unmute');
  await device.waitFor('control');
  device.send({ type: 'mute', muted: true, by: 'person' });
  await eventually(async () => (await overviewOf(name))?.mutedBy === 'person', 'muted by the person');
  await refused(send(name, 'unmute'), 'muted_by_person');
  device.send({ type: 'mute', muted: false });
  await eventually(async () => (await overviewOf(name))?.mutedBy === undefined, 'not muted');
  device.close();
});

test('who may not, what is not allowed, a device that is away and a flood are refused, each by name', async () => {
  const name = named();
  await refused(send(name, 'mute'), 'device_unknown');
  const device = await connect(first, name, ['mute']);
  await isAt(name, first);
  for (const action of ['press', 'release', 'cancel'] as const) await refused(send(name, action), 'not_supported');
  await refused(send(name, 'mute', 'one'), 'value_invalid');
  const asGateway = shared.asGateway.mutation(api.controls.send, { device: name, id: randomUUID(), action: 'mute' });
  await refused(asGateway, 'not_permitted');
  for (let i = 0; i < 20; i++) await send(name, i % 2 === 0 ? 'mute' : 'unmute');
  await refused(send(name, 'mute'), 'too_large');
  device.send({ type: 'bye', reason: 'test over' });
  device.close();
  await eventually(async () => !(await overviewOf(name))?.isOnline, 'it is away');
  await refused(send(name, 'mute'), 'device_away');
});

test('a gateway passes on those of its session alone, each once', () => {
  const passed: string[] = [];
  const onNewest = createRemoteControls({ session: 'this', pass: (action) => passed.push(action) });
  const mute = { id: 'a', action: 'mute' } as const;
  const press = { id: 'b', action: 'press' } as const;
  onNewest({ session: 'before', controls: [press] });
  onNewest({ session: 'this', controls: [mute] });
  onNewest({ session: 'this', controls: [mute, press] });
  onNewest({ session: 'this', controls: [press] });
  onNewest({ session: 'after', controls: [mute] });
  onNewest(undefined);
  assert.deepEqual(passed, ['mute', 'press']);
});
