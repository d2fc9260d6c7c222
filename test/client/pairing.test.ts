/** The client library against a gateway with its cloud: pairing, its token, announcements, and a token that is revoked. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import { WebSocket } from 'ws';
import { createReplyVoice, type GatewayVoice } from '../../actors/assistant/speech/reply-voice.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import { api } from '../../convex/_generated/api.js';
import { createFrameAudio } from '../../src/client/frames.ts';
import { type Client, createClient } from '../../src/client/index.ts';
import { fileToken } from '../../src/client/node/index.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { type GatewayCloud, openGatewayCloud } from '../../src/gateway/gateway-cloud.ts';
import { toneSynthesizer } from '../assistant/speech/tone.ts';
import { type CloudClients, cloudClients } from '../support/cloud-clients.ts';
import { eventually } from '../support/eventually.ts';
import { next } from './events.ts';

const state = mkdtempSync(join(tmpdir(), 'earshot-client-'));
const tokenFile = join(state, 'token of the page');
let cloud: GatewayCloud;
let voice: GatewayVoice;
let gateway: Gateway;
let operator: CloudClients['asOperator'];
let closeClients: CloudClients['close'];
let client: Client;

before(async () => {
  cloud = openGatewayCloud({ state, isOpen: false, log: silentLog });
  voice = createReplyVoice({
    ...{ synthesizer: toneSynthesizer(), limits: DEFAULT_LIMITS, clock: systemClock, log: silentLog },
  });
  gateway = await startGateway({ host: '127.0.0.1', port: 0, responder: parrot, cloud, voice, log: silentLog });
  await cloud.ready;
  const clients = cloudClients(JSON.parse(readFileSync(join(state, 'cloud.json'), 'utf8')));
  ({ asOperator: operator, close: closeClients } = clients);
});
after(async () => {
  await client.close();
  await closeClients();
  await gateway.close();
  await cloud.close();
  await voice.close();
  rmSync(state, { recursive: true, force: true });
});

test('a client without a token is paired, talks with its token, and another run of it connects with it', async () => {
  const first = createClient({ url: gateway.url, name: 'page', token: fileToken(tokenFile), WebSocket });
  const states: string[] = [];
  first.on('state', (event) => states.push(event.state));
  const asked = next(first, 'pairing');
  const paired = next(first, 'paired');
  const connected = next(first, 'state', (event) => event.state === 'connected');
  first.connect();
  const { code, expiresAtMs } = await asked;
  assert.ok(expiresAtMs > Date.now());
  assert.equal((await operator.mutation(api.pairing.approve, { code })).ok, true);
  const { token } = await paired;
  await connected;
  assert.deepEqual(states, ['connecting', 'pairing', 'connecting', 'connected']);
  const turn = first.talk();
  const stored = next(turn, 'stored', (event) => event.cloud);
  turn.send(Uint8Array.of(1));
  turn.end();
  await stored;
  await first.close();
  assert.deepEqual([readFileSync(tokenFile, 'utf8').trim(), statSync(tokenFile).mode & 0o777], [token, 0o600]);
  client = createClient({ url: gateway.url, name: 'called otherwise', token: fileToken(tokenFile), WebSocket });
  const again = next(client, 'state', (event) => event.state !== 'connecting');
  client.connect();
  assert.equal((await again).state, 'connected');
});

test('an announcement is told, and its turn brings what it says', async () => {
  await eventually(
    async () => (await operator.query(api.devices.list, {})).some((device) => device.name === 'page'),
    'the device in the cloud',
  );
  const said = next(client, 'announcement');
  const begun = next(client, 'turn');
  const id = uuidv7();
  await operator.mutation(api.announcements.say, {
    ...{ device: 'page', id, text: 'Dinner is ready', priority: 'normal', expiresInMs: 60_000 },
  });
  assert.deepEqual(await said, { id, text: 'Dinner is ready', priority: 'normal' });
  const turn = await begun;
  assert.deepEqual([turn.announcement, turn.trigger], [id, 'announcement']);
  let frames = 0;
  let text = '';
  turn.on('frame', () => {
    frames += 1;
  });
  turn.on('reply', (reply) => {
    text = reply.text;
  });
  assert.equal((await next(turn, 'done')).outcome, 'done');
  assert.ok(frames >= 30, `${frames} frames`);
  assert.equal(text, 'Dinner is ready');
});

test('an announcement waits while the audio of the client cannot be heard', async () => {
  await client.close();
  const [isOpen, page] = [
    { asked: 0, answer: false },
    createClient({ url: gateway.url, name: 'page', token: fileToken(tokenFile), audio: 'later', WebSocket }),
  ];
  client = page;
  const begun: string[] = [];
  page.on('turn', (turn) => begun.push(turn.announcement ?? ''));
  const id = uuidv7();
  // What was played before may still be told: its report is on its way.
  const offered = next(page, 'offered', ({ announcements }) => announcements.some((each) => each.id === id));
  page.connect();
  await operator.mutation(api.announcements.say, {
    ...{ device: 'page', id, text: 'It rains', priority: 'urgent', expiresInMs: 600_000 },
  });
  assert.deepEqual((await offered).announcements.at(-1), { id, text: 'It rains', priority: 'urgent' });
  const hosting = { clock: systemClock, log: silentLog };
  page.useAudio({
    ...createFrameAudio({ framesPerPacket: 1, hosting, onFrame() {} }),
    isAudible() {
      isOpen.asked += 1;
      return isOpen.answer;
    },
  });
  await eventually(() => isOpen.asked >= 2, 'it asks whether it would be heard');
  assert.deepEqual(begun, [], 'nobody would have heard it');
  const turn = next(page, 'turn');
  const taken = next(page, 'offered', ({ announcements }) => announcements.length === 0);
  isOpen.answer = true;
  assert.equal((await turn).announcement, id);
  await taken;
  assert.equal((await (await turn).result).outcome, 'done');
});

test('the operator’s settings are told', async () => {
  const told = next(client, 'settings', ({ volumePercent }) => volumePercent === 40);
  await operator.mutation(api.settings.set, { device: 'page', settings: { volumePercent: 40 } });
  await told;
});

test('a token that is revoked is refused, now and later', async () => {
  const refused = next(client, 'state', (event) => event.state === 'refused');
  await operator.mutation(api.devices.revoke, { device: 'page' });
  assert.equal((await refused).error?.code, 'token_refused');
  const refusedAgain = next(client, 'state', (event) => event.state === 'refused');
  client.retry();
  assert.equal((await refusedAgain).error?.code, 'token_refused');
});

test('a client that pairs again forgets its token, and shows a code', async () => {
  const asked = next(client, 'pairing');
  client.pairAgain();
  assert.match((await asked).code, /^\d{6}$/);
  assert.equal(existsSync(tokenFile), false);
});
