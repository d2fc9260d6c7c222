/**
 * A gateway with its embedded cloud announces, and mirrors reminders to a device over a real socket; the voice is a tone.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import { createReplyVoice, type GatewayVoice } from '../../actors/assistant/speech/reply-voice.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import { api } from '../../convex/_generated/api.js';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { decodeOpusFile } from '../../src/core/ogg/opus-file.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { type GatewayCloud, openGatewayCloud } from '../../src/gateway/gateway-cloud.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import { toneSynthesizer } from '../assistant/speech/tone.ts';
import { type CloudClients, cloudClients } from '../support/cloud-clients.ts';
import { eventually as eventuallyOf } from '../support/eventually.ts';
import { connectDevice, helloOf, type WireDevice } from '../support/wire-device.ts';

const state = mkdtempSync(join(tmpdir(), 'earshot-announcing-'));
let cloud: GatewayCloud;
let voice: GatewayVoice;
let gateway: Gateway;
let device: WireDevice;
let clients: CloudClients;
let frames = 0;
const eventually = (ask: () => Promise<boolean>) => eventuallyOf(ask, 'what the cloud should know');

before(async () => {
  cloud = openGatewayCloud({ state, isOpen: true, log: silentLog });
  voice = createReplyVoice({
    synthesizer: toneSynthesizer(),
    limits: DEFAULT_LIMITS,
    clock: systemClock,
    log: silentLog,
  });
  gateway = await startGateway({ host: '127.0.0.1', port: 0, responder: parrot, cloud, voice, log: silentLog });
  await cloud.ready;
  device = await connectDevice(gateway.url, {
    hello: { ...helloOf('kitchen'), features: ['say', 'reminders'] },
    onPacket: (packet) => {
      frames += packet.frames.length;
    },
  });
  clients = cloudClients(JSON.parse(readFileSync(join(state, 'cloud.json'), 'utf8')));
  await eventually(async () => (await clients.asOperator.query(api.devices.list, {})).length > 0);
});
after(async () => {
  await clients.close();
  device.close();
  await gateway.close();
  await cloud.close();
  await voice.close();
  rmSync(state, { recursive: true, force: true });
});

const say = async (device: string, text: string) => {
  const id = uuidv7();
  await clients.asOperator.mutation(api.announcements.say, {
    ...{ device, id, text, priority: 'normal', expiresInMs: 60_000 },
  });
  return id;
};
const stateOf = async (device: string, id: string) =>
  await clients.asOperator.query(api.announcements.get, { device, id });
const begin = (turn: number, announcement: string) => {
  device.send({ type: 'turn.start', turn, id: uuidv7(), trigger: 'announcement', startedAt: Date.now(), announcement });
  const end = { final: true, discontinuity: false, pcm: false, turn, sequence: 0, timestamp: 0, frames: [] };
  device.sendPacket(encodePacket(end));
};

test('an announcement is offered, spoken as the reply of its turn, and reported', async () => {
  const id = await say('kitchen', 'Dinner is ready');
  const offered = await device.waitFor('say', (message) => message.id === id);
  assert.deepEqual([offered.text, offered.priority], ['Dinner is ready', 'normal']);
  assert.ok(offered.expiresInMs > 0 && offered.expiresInMs <= 60_000);
  begin(1, id);
  const reply = await device.waitFor('reply.start', ({ turn }) => turn === 1);
  assert.equal(reply.text, 'Dinner is ready');
  await device.waitFor('turn.done', ({ turn }) => turn === 1);
  assert.ok(frames >= 30, `${frames} frames`);
  device.send({ type: 'playback', turn: 1, event: 'drained', playedMs: 700 });
  await eventually(async () => (await stateOf('kitchen', id))?.state === 'played');
});

test('one that was taken already, or never offered, ends without a reply', async () => {
  const id = await say('kitchen', 'Again');
  await device.waitFor('say', (message) => message.id === id);
  begin(2, id);
  await device.waitFor('turn.done', ({ turn }) => turn === 2);
  begin(3, id);
  await device.waitFor('turn.done', ({ turn }) => turn === 3);
  begin(4, uuidv7());
  await device.waitFor('turn.done', ({ turn }) => turn === 4);
  const replied = await Promise.race([device.waitFor('reply.start', ({ turn }) => turn > 2), Promise.resolve('none')]);
  assert.equal(replied, 'none');
});

test('one that the device declines is told to the operator, and one to a device that cannot', async () => {
  const id = await say('kitchen', 'Psst');
  await device.waitFor('say', (message) => message.id === id);
  device.send({ type: 'say.declined', id, reason: 'quiet-hours' });
  await eventually(async () => (await stateOf('kitchen', id))?.reason === 'quiet-hours');
  const old = await connectDevice(gateway.url, { name: 'attic' });
  await eventually(async () =>
    (await clients.asOperator.query(api.devices.list, {})).some(({ name }) => name === 'attic'),
  );
  const other = await say('attic', 'Hello');
  await eventually(async () => (await stateOf('attic', other))?.reason === 'not-supported');
  old.close();
});

test('a timer is mirrored with what it says, counts at once, and is over when it has rung', async () => {
  const at = Date.now() + 60_000;
  const { id } = await cloud.reminders.add('kitchen', { kind: 'timer', label: 'pasta', atMs: at });
  const list = await device.waitFor('reminders', ({ reminders }) => reminders.length === 1);
  assert.deepEqual(list.reminders, [{ id, kind: 'timer', label: 'pasta', at }]);
  const speech = await device.waitFor('reminder.speech', (message) => message.id === id);
  assert.equal(speech.text, 'Your pasta timer is done.');
  assert.ok(decodeOpusFile(Buffer.from(speech.file, 'base64')).packets.length > 50);
  await eventually(
    async () => (await clients.asOperator.query(api.reminders.list, { device: 'kitchen' })).length === 1,
  );
  device.send({ type: 'reminder.rang', id, outcome: 'stopped', lateMs: 3 });
  await eventually(async () => (await cloud.reminders.list('kitchen')).length === 0);
  await eventually(
    async () => (await clients.asOperator.query(api.reminders.rung, { device: 'kitchen' })).length === 1,
  );
  const second = await cloud.reminders.add('kitchen', { kind: 'alarm', label: '', atMs: at });
  assert.equal(await cloud.reminders.cancel('kitchen', second.id), true);
  assert.equal(await cloud.reminders.cancel('kitchen', second.id), false);
});
