/** The deployed configuration of HAProxy, run for real: three gateway processes behind it, one cloud. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { type Client, createClient } from '../../src/client/index.ts';
import { next } from '../client/events.ts';
import { type CloudClients, cloudClients } from '../support/cloud-clients.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from '../support/embedded-process.ts';
import { eventually } from '../support/eventually.ts';
import { accountOf, type SpokenTurn } from './account.ts';
import { createGatewayProcess, type GatewayProcess } from './gateway-process.ts';
import { type Haproxy, needsHaproxy, startHaproxy } from './haproxy.ts';
import { pair } from './pair.ts';
import { encodedSpeech, excerpt } from './speech.ts';

const UTTERANCE_FRAMES = 50;

let cloud: EmbeddedProcess;
let clients: CloudClients;
let gateways: GatewayProcess[];
let proxy: Haproxy;
const devices: Client[] = [];
const speech = encodedSpeech();
const spoken: SpokenTurn[] = [];

if (!('skip' in needsHaproxy)) {
  before(async () => {
    cloud = await startEmbeddedProcess();
    clients = cloudClients(cloud);
    gateways = await Promise.all([1, 2, 3].map(() => createGatewayProcess({ cloud })));
    await Promise.all(gateways.map((each) => each.start()));
    proxy = await startHaproxy({ ports: gateways.map(({ port }) => port) });
    await allUp();
  });
  after(async () => {
    await Promise.all(devices.map((each) => each.close()));
    await proxy?.close();
    await Promise.all((gateways ?? []).map((each) => each.close()));
    await clients?.close();
    await cloud?.close();
  });
}

const allUp = () =>
  eventually(async () => Object.values(await proxy.states()).every((state) => state === 'UP'), 'all gateways are up');

async function connected(name: string): Promise<Client> {
  const device = createClient({ url: proxy.url, name, token: await pair(clients, name), WebSocket });
  devices.push(device);
  const isConnected = next(device, 'state', ({ state }) => state === 'connected');
  device.connect();
  await isConnected;
  return device;
}

async function say(device: Client, name: string): Promise<void> {
  const turn = device.talk('api');
  const frames = excerpt(speech, spoken.length * 11, UTTERANCE_FRAMES);
  spoken.push({ id: turn.id, device: name, frames });
  const stored = next(turn, 'stored');
  for (const frame of frames) turn.send(frame);
  turn.end();
  await stored;
}

/** How many devices a gateway has. */
async function connectionsOf({ port }: GatewayProcess): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/health`);
  return ((await answer.json()) as { connections: number }).connections;
}

/** All turns are in the cloud: the gateways send them in their own time. */
async function allRecorded() {
  return await eventually(async () => {
    const account = await accountOf(clients, spoken);
    return account.problems.length === 0 && account;
  }, 'every turn is recorded once, with each of its frames');
}

test('devices are spread over the gateways, and their turns are recorded', needsHaproxy, async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `toy-${letter}`);
  for (const name of names) await connected(name);
  assert.deepEqual(await Promise.all(gateways.map(connectionsOf)), [2, 2, 2]);
  await Promise.all(names.map((name, i) => say(devices[i] as Client, name)));
  const { turns, framesSpoken, framesLost, framesDuplicated, notRecordedOnce } = await allRecorded();
  assert.deepEqual(
    { turns, framesSpoken, framesLost, framesDuplicated, notRecordedOnce },
    { turns: 6, framesSpoken: 300, framesLost: 0, framesDuplicated: 0, notRecordedOnce: 0 },
  );
});

test('what a gateway tells of itself is not reachable from outside', needsHaproxy, async () => {
  const outside = proxy.url.replace('ws:', 'http:');
  for (const path of ['/health', '/healthz', '/readyz', '/metrics', '/metrics?all', '//metrics', '/%6detrics']) {
    assert.equal((await fetch(outside + path)).status, 404, path);
  }
  assert.equal((await fetch(`${outside}/talk/`)).status, 200);
});

test('the devices of a killed gateway go on at the others, without an error to them', needsHaproxy, async () => {
  const [first] = gateways;
  assert.ok(first);
  await first.kill('SIGKILL');
  const others = gateways.slice(1);
  const onOthers = async () => {
    const counts = await Promise.all(others.map(connectionsOf));
    return counts.reduce((sum, each) => sum + each, 0) === devices.length;
  };
  await eventually(onOthers, 'all devices are at the other gateways');
  await Promise.all(devices.map((device, i) => say(device, `toy-${'abcdef'[i]}`)));
  await allRecorded();
  await first.start();
  await allUp();
});

test('an address that holds too many connections gets no more, and others are served', needsHaproxy, async () => {
  const strict = await startHaproxy({
    ports: gateways.map(({ port }) => port),
    settings: { EARSHOT_SOURCE_CONNECTIONS: '5' },
  });
  const port = Number(new URL(strict.url).port);
  const open: Socket[] = [];
  try {
    const dial = (localAddress: string) => connect({ host: '127.0.0.1', port, localAddress });
    for (let i = 0; i < 5; i++) {
      open.push(dial('127.0.0.1'));
      await once(open.at(-1) as Socket, 'connect');
    }
    const refused = dial('127.0.0.1');
    await new Promise((resolve) => refused.on('error', () => undefined).once('close', resolve));
    const other = dial('127.0.0.2');
    other.write('GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const [answer] = await once(other, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 404 /);
    other.destroy();
  } finally {
    for (const socket of open) socket.destroy();
    await strict.close();
  }
});
