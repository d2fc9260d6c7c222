/**
 * Two gateways share a cloud: a device may be at any of them, and its newest connection counts.
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
import { toneSynthesizer } from '../assistant/speech/tone.ts';
import { eventually } from '../support/eventually.ts';
import { openGateways, type SharingGateway, type SharingGateways } from '../support/gateways.ts';
import { connectDevice, helloOf, speechFrames, type WireDevice } from '../support/wire-device.ts';

const FRAMES = speechFrames().slice(0, 15);
let shared: SharingGateways;
let first: SharingGateway;
let second: SharingGateway;
let voice: GatewayVoice;

before(async () => {
  voice = createReplyVoice({
    synthesizer: toneSynthesizer(),
    limits: DEFAULT_LIMITS,
    clock: systemClock,
    log: silentLog,
  });
  shared = await openGateways({ count: 2, voice });
  [first, second] = shared.gateways as [SharingGateway, SharingGateway];
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

test('an announcement finds its device at the gateway where it is, and is made once', async () => {
  const name = named('hall');
  const hello = { ...helloOf(name), features: ['say'] };
  const older = await connectDevice(first.url, { hello });
  await isAt(name, first);
  const newer = await connectDevice(second.url, { hello });
  assert.equal((await older.closed).code, CLOSE_REPLACED);
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
  assert.ok(!older.messages.some(({ type }) => type === 'say'));
  newer.close();
});

test('two devices of a group at two gateways hear a wake word: the louder one answers', async (t) => {
  const group = named('home');
  const [quiet, loud] = await Promise.all(
    [first, second].map(async ({ url }, at) => {
      const name = named(at === 0 ? 'hall' : 'kitchen');
      const hello = { ...helloOf(name), group, features: ['listen'] };
      return await connectDevice(url, { hello });
    }),
  );
  assert.ok(quiet && loud);
  await Promise.all([first, second].map((gateway) => knowsOfOthers(gateway, group)));
  const startedMs = performance.now();
  wake(quiet, -40);
  wake(loud, -30);
  const told = await quiet.waitFor('listen.end');
  t.diagnostic(`the other gateway's device was told after ${Math.round(performance.now() - startedMs)} ms`);
  assert.equal(told.reason, 'elsewhere');
  assert.ok(!loud.messages.some(({ type }) => type === 'listen.end'));
  for (const device of [quiet, loud]) device.close();
});

function wake(device: WireDevice, levelDb: number): void {
  const begun = { turn: 1, id: uuidv7(), trigger: 'wake', startedAt: Date.now() } as const;
  device.send({ type: 'turn.start', ...begun, wake: { word: 'hey_jarvis', levelDb, score: 0.9, ageMs: 100 } });
}

/** The gateway itself, not only the cloud. */
async function knowsOfOthers({ cloud }: SharingGateway, group: string): Promise<void> {
  const ready = await cloud.ready;
  await new Promise<void>((resolve) => {
    const unwatch = ready.watchWakeWords(group, cloud.gatewayId, ({ elsewhere }) => {
      if (elsewhere === 0) return;
      resolve();
      setImmediate(() => unwatch());
    });
  });
}

async function pair(device: string): Promise<string> {
  const [request, token] = [randomUUID(), randomUUID().replaceAll('-', '').repeat(2)];
  const code = String(Math.floor(Math.random() * 1_000_000)).padStart(6, '0');
  await shared.asGateway.mutation(api.pairing.request, { request, code, device });
  await shared.asOperator.mutation(api.pairing.approve, { code });
  await shared.asGateway.mutation(api.pairing.claim, { request, tokenHash: hashTokenSync(token) });
  return token;
}
