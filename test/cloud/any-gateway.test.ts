/**
 * Three gateways share a cloud: a device may be at any of them, and its newest connection counts.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import { createReplyVoice, type GatewayVoice } from '../../actors/assistant/speech/reply-voice.ts';
import { hashTokenSync } from '../../actors/cloud/access.ts';
import { api } from '../../convex/_generated/api.js';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { CLOSE_REPLACED, CLOSE_REVOKED } from '../../src/protocol/control.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import type { ControlAction } from '../../src/protocol/remote-control.ts';
import { toneSynthesizer } from '../assistant/speech/tone.ts';
import { eventually } from '../support/eventually.ts';
import { openGateways, type SharingGateway, type SharingGateways } from '../support/gateways.ts';
import { inTime } from '../support/in-time.ts';
import { connectDevice, helloOf, speechFrames, type WireDevice } from '../support/wire-device.ts';

const FRAMES = speechFrames().slice(0, 15);
const LIMITS = { ...DEFAULT_LIMITS, turns: 20 };
let shared: SharingGateways;
let first: SharingGateway;
let second: SharingGateway;
let third: SharingGateway;
let voice: GatewayVoice;

before(async () => {
  voice = createReplyVoice({
    synthesizer: toneSynthesizer(),
    limits: DEFAULT_LIMITS,
    clock: systemClock,
    log: silentLog,
  });
  shared = await openGateways({ count: 3, voice, limits: LIMITS });
  [first, second, third] = shared.gateways as [SharingGateway, SharingGateway, SharingGateway];
});
after(async () => {
  await shared.close();
  await voice.close();
});

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
  for (const gateway of [second, third, first, third]) {
    const newer = await connectDevice(gateway.url, { name });
    const told = await older.waitFor('bye');
    assert.deepEqual([told.reason, (await older.closed).code], ['replaced', CLOSE_REPLACED]);
    await newer.speak({ frames: FRAMES });
    older = newer;
  }
  await isAt(name, third);
  const sessions = await shared.asOperator.query(api.sessions.list, { device: name });
  const ids = [third, first, third, second, first].map(({ cloud }) => cloud.gatewayId);
  assert.deepEqual(
    sessions.map(({ gateway }) => gateway),
    ids,
  );
  older.close();
});

test('many devices change their gateway at the same time: each stays at the gateway where it connected last', async () => {
  const names = Array.from({ length: 20 }, () => named('many'));
  const connectAll = (to: SharingGateway) => Promise.all(names.map((name) => connectDevice(to.url, { name })));
  // Not all are known to the cloud yet.
  const older = [await connectAll(first), await connectAll(second)].flat();
  const newest = await connectAll(third);
  for (const { closed } of older) assert.equal((await closed).code, CLOSE_REPLACED);
  for (const device of newest) await device.speak({ frames: FRAMES });
  for (const device of newest) device.close();
});

test('a token that is revoked is invalid at every gateway', async (t) => {
  const devices = await Promise.all(
    shared.gateways.map(async (gateway) => {
      const name = named('hall');
      const token = await pair(name);
      const connection = await connectDevice(gateway.url, { token });
      await connection.waitFor('welcome');
      return { name, token, connection };
    }),
  );
  const revokedAtMs = performance.now();
  for (const { name } of devices) await shared.asOperator.mutation(api.devices.revoke, { device: name });
  for (const { connection } of devices) assert.equal((await connection.closed).code, CLOSE_REVOKED);
  t.diagnostic(
    `three devices at three gateways were hung up on ${Math.round(performance.now() - revokedAtMs)} ms later`,
  );
  for (const { token } of devices) {
    for (const { url } of shared.gateways) await assert.rejects(connectDevice(url, { token }), { status: 401 });
  }
});

test('settings reach a device at whichever gateway it is', async () => {
  const name = named('bath');
  const volumes = [10, 20, 30];
  for (const [index, gateway] of shared.gateways.entries()) {
    const device = await connectDevice(gateway.url, { name });
    await isAt(name, gateway);
    const set = volumes[index] as number;
    await shared.asOperator.mutation(api.settings.set, { device: name, settings: { volumePercent: set } });
    await device.waitFor('settings', ({ settings }) => settings.volumePercent === set);
    device.close();
    await device.closed;
  }
});

test('the turns that a device has begun at one gateway count at the next', async () => {
  const name = named('hasty');
  const older = await connectDevice(first.url, { name });
  const { session } = await older.waitFor('welcome');
  await isAt(name, first);
  const begin = (device: WireDevice, turn: number) =>
    device.send({ type: 'turn.start', turn, id: uuidv7(), trigger: 'key', startedAt: Date.now() });
  const isRefused = (device: WireDevice) =>
    device.messages.some((message) => message.type === 'error' && message.code === 'turn_refused');
  for (let turn = 1; turn <= LIMITS.turns + 1; turn++) begin(older, turn);
  await eventually(() => isRefused(older), 'the first gateway refuses a turn');
  const newer = await connectDevice(second.url, { name });
  await knowsWhatWasUsed(second, name, session);
  // Half of what it would allow to a device that is new to it.
  for (let turn = 1; turn <= LIMITS.turns / 2; turn++) begin(newer, turn);
  newer.send({ type: 'ping', t0: 1 });
  await newer.waitFor('pong', ({ t0 }) => t0 === 1);
  assert.ok(isRefused(newer), 'the second gateway refuses a turn');
  older.close();
  newer.close();
});

test('an announcement finds its device at the gateway where it is, and is made once', async () => {
  const name = named('hall');
  const hello = { ...helloOf(name), features: ['say'] };
  const oldest = await connectDevice(first.url, { hello });
  await isAt(name, first);
  const older = await connectDevice(second.url, { hello });
  await isAt(name, second);
  const newer = await connectDevice(third.url, { hello });
  for (const { closed } of [oldest, older]) assert.equal((await closed).code, CLOSE_REPLACED);
  const announcement = uuidv7();
  const said = { id: announcement, device: name, text: 'Dinner is ready', expiresInMs: 600_000 } as const;
  await shared.asOperator.mutation(api.announcements.say, { ...said, priority: 'normal' });
  const { id } = await newer.waitFor('say');
  assert.equal(id, announcement);
  const turn = { turn: 1, id: uuidv7(), trigger: 'announcement', startedAt: Date.now() } as const;
  newer.send({ type: 'turn.start', ...turn, announcement });
  const place = { turn: 1, sequence: 0, timestamp: 0, final: true, discontinuity: false, pcm: false };
  newer.sendPacket(encodePacket({ ...place, frames: [] }));
  assert.equal((await newer.waitFor('reply.start')).text, said.text);
  await newer.waitFor('turn.done');
  for (const { messages } of [oldest, older]) assert.ok(!messages.some(({ type }) => type === 'say'));
  newer.close();
});

test('an announcement for a device that is nowhere waits, and is made at the gateway where it comes', async () => {
  const name = named('attic');
  const hello = { ...helloOf(name), features: ['say'] };
  const before = await connectDevice(first.url, { hello });
  await isAt(name, first);
  before.close();
  await before.closed;
  const said = { id: uuidv7(), device: name, text: 'Dinner is ready', expiresInMs: 600_000 } as const;
  await shared.asOperator.mutation(api.announcements.say, { ...said, priority: 'normal' });
  const after = await connectDevice(third.url, { hello });
  assert.equal((await after.waitFor('say')).id, said.id);
  after.close();
});

test('three devices of a group at three gateways hear a wake word: the loudest answers', async (t) => {
  const group = named('home');
  const [quiet, loud, loudest] = await Promise.all(
    shared.gateways.map(async ({ url }, at) => {
      const hello = { ...helloOf(named(`room-${at}`)), group, features: ['listen'] };
      return await connectDevice(url, { hello });
    }),
  );
  assert.ok(quiet && loud && loudest);
  await Promise.all(shared.gateways.map((gateway) => knowsOfOthers(gateway, group)));
  const startedMs = performance.now();
  wake(quiet, -40);
  wake(loud, -35);
  wake(loudest, -30);
  for (const device of [quiet, loud]) assert.equal((await device.waitFor('listen.end')).reason, 'elsewhere');
  t.diagnostic(`the devices of the other gateways were told after ${Math.round(performance.now() - startedMs)} ms`);
  assert.ok(!loudest.messages.some(({ type }) => type === 'listen.end'));
  for (const device of [quiet, loud, loudest]) device.close();
});

function wake(device: WireDevice, levelDb: number): void {
  const begun = { turn: 1, id: uuidv7(), trigger: 'wake', startedAt: Date.now() } as const;
  device.send({ type: 'turn.start', ...begun, wake: { word: 'hey_jarvis', levelDb, score: 0.9, ageMs: 100 } });
}

/** The gateway itself, not only the cloud. */
async function knowsOfOthers({ cloud }: SharingGateway, group: string): Promise<void> {
  const ready = await cloud.ready;
  const known = new Promise<void>((resolve) => {
    const unwatch = ready.watchWakeWords(group, cloud.gatewayId, ({ elsewhere }) => {
      if (elsewhere < shared.gateways.length - 1) return;
      resolve();
      setImmediate(() => unwatch());
    });
  });
  await inTime(known, `the others of ${group}`);
}

/** The gateway itself, whose subscriptions change together. */
async function knowsWhatWasUsed({ cloud }: SharingGateway, device: string, session: string): Promise<void> {
  const ready = await cloud.ready;
  const known = new Promise<void>((resolve) => {
    const unwatch = ready.watchDevice(device, ({ connection }) => {
      if (connection?.used?.session !== session) return;
      setImmediate(() => {
        unwatch();
        resolve();
      });
    });
  });
  await inTime(known, `what ${session} used`);
}

async function pair(device: string): Promise<string> {
  const [request, token] = [randomUUID(), randomUUID().replaceAll('-', '').repeat(2)];
  const code = String(Math.floor(Math.random() * 1_000_000)).padStart(6, '0');
  await shared.asGateway.mutation(api.pairing.request, { request, code, device });
  await shared.asOperator.mutation(api.pairing.approve, { code });
  await shared.asGateway.mutation(api.pairing.claim, { request, tokenHash: hashTokenSync(token) });
  return token;
}

// Presses and mute from afar, from the operator to the device, and what the device tells of itself back.
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

test('presses and mute from afar: each finds its device at the gateway where it is, once, in order, and not at its next connection', async () => {
  const name = named('kitchen');
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
  const name = named('kitchen');
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
  const name = named('kitchen');
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
