/** The deployed configuration of HAProxy, run for real: three gateway processes behind it, one cloud. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { api } from '../../convex/_generated/api.js';
import { type Client, createClient, type Turn } from '../../src/client/index.ts';
import { hashOfFrames } from '../../src/tools/load/load-turn.ts';
import type { ProvisionedDevices } from '../../src/tools/load/provision.ts';
import { next } from '../client/events.ts';
import { eventually } from '../support/eventually.ts';
import { once } from '../support/in-time.ts';
import { accountOf } from './account.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { needsHaproxy, startHaproxy } from './haproxy.ts';
import { type Installation, openInstallation } from './installation.ts';
import { encodedSpeech, excerpt } from './speech.ts';

const DEVICES = 6;
const UTTERANCE_FRAMES = 50;

let installation: Installation;
let pairing: ProvisionedDevices;
const devices: Client[] = [];
const speech = encodedSpeech();
const spoken: { id: string; device: string; frames: number; hash: string }[] = [];

if (!('skip' in needsHaproxy)) {
  before(async () => {
    installation = await openInstallation({ proxySettings: {} });
    pairing = await installation.pair({ devices: DEVICES });
  });
  after(async () => {
    await Promise.all(devices.map((each) => each.close()));
    await installation?.close();
  });
}

async function connected(index: number): Promise<void> {
  const [name, token] = [pairing.names[index] ?? '', pairing.tokenOf(index) ?? ''];
  const device = createClient({ url: installation.proxy.url, name, token, WebSocket });
  devices.push(device);
  const isConnected = next(device, 'state', ({ state }) => state === 'connected');
  device.connect();
  await isConnected;
}

interface Begun {
  turn: Turn;
  rest: Uint8Array[];
}

/** Half of an utterance. */
function begin(device: Client): Begun {
  const name = pairing.names[devices.indexOf(device)] ?? '';
  const turn = device.talk('api');
  const frames = excerpt(speech, spoken.length * 11, UTTERANCE_FRAMES);
  spoken.push({ id: turn.id, device: name, frames: frames.length, hash: hashOfFrames(frames) });
  for (const frame of frames.slice(0, UTTERANCE_FRAMES / 2)) turn.send(frame);
  return { turn, rest: frames.slice(UTTERANCE_FRAMES / 2) };
}

async function finish({ turn, rest }: Begun): Promise<void> {
  const stored = next(turn, 'stored');
  const givenUp = next(turn, 'undeliverable').then(({ message }) => assert.fail(`the device gave it up: ${message}`));
  for (const frame of rest) turn.send(frame);
  turn.end();
  await Promise.race([stored, givenUp]);
}

async function say(device: Client): Promise<void> {
  await finish(begin(device));
}

/** How many devices a gateway has. */
async function connectionsOf({ port }: GatewayProcess): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/health`);
  return ((await answer.json()) as { connections: number }).connections;
}

/** All turns are in the cloud: the gateways send them in their own time. */
async function allRecorded() {
  return await eventually(async () => {
    const account = await accountOf(installation.clients, spoken);
    return account.problems.length === 0 && account;
  }, 'every turn is recorded once, with each of its frames');
}

/**
 * Each gateway has at least one device. A gateway that HAProxy has taken out meanwhile, because the machine was too busy for its checks, gets fewer for
 * five seconds (`slowstart`): then they connect again.
 */
async function connectSpread(): Promise<void> {
  const { gateways, whenUp } = installation;
  await eventually(async () => {
    await whenUp();
    for (let i = 0; i < DEVICES; i++) await connected(i);
    const counts = await Promise.all(gateways.map(connectionsOf));
    if (counts.every((count) => count > 0)) return true;
    await Promise.all(devices.splice(0).map((each) => each.close()));
    const haveLeft = async () => (await Promise.all(gateways.map(connectionsOf))).every((count) => count === 0);
    await eventually(haveLeft, 'they left');
    return false;
  }, 'each gateway has some of the devices');
}

test('devices are spread over the gateways, and their turns are recorded', needsHaproxy, async () => {
  await connectSpread();
  await Promise.all(devices.map(say));
  const { turns, framesSpoken, framesLost, framesDuplicated, notRecordedOnce } = await allRecorded();
  assert.deepEqual(
    { turns, framesSpoken, framesLost, framesDuplicated, notRecordedOnce },
    {
      turns: DEVICES,
      framesSpoken: DEVICES * UTTERANCE_FRAMES,
      framesLost: 0,
      framesDuplicated: 0,
      notRecordedOnce: 0,
    },
  );
});

test('what a gateway tells of itself is not reachable from outside', needsHaproxy, async () => {
  const outside = installation.proxy.url.replace('ws:', 'http:');
  for (const path of ['/healthz', '/readyz', '/metrics', '/metrics?all', '//metrics', '/%6detrics']) {
    assert.equal((await fetch(outside + path)).status, 404, path);
  }
  assert.equal((await fetch(`${outside}/talk/`)).status, 200);
});

test('a gateway knows from which address a device comes, whatever the device says', needsHaproxy, async () => {
  const logged = Promise.race(installation.gateways.map(({ message }) => message(/a device is refused/)));
  const stranger = new WebSocket(`${installation.proxy.url}/v1/stream`, 'earshot.v1', {
    localAddress: '127.0.0.7',
    headers: { authorization: 'Bearer of-nobody', 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1' },
  });
  const [error] = await once(stranger, 'error');
  assert.match(String(error), /401/);
  assert.equal(JSON.parse(await logged).address, '127.0.0.7');
});

test(
  'the devices of a killed gateway go on at the others, and each turn under way is answered once',
  needsHaproxy,
  async (t) => {
    const [killed, ...others] = installation.gateways;
    const replies = devices.map(() => new Set<number>());
    const begun = devices.map((device, index) => {
      const each = begin(device);
      each.turn.on('frame', ({ atMs }) => {
        assert.ok(!replies[index]?.has(atMs), `the frame at ${atMs} ms of a reply came twice`);
        replies[index]?.add(atMs);
      });
      return each;
    });
    await eventually(async () => {
      const live = (await installation.clients.asOperator.query(api.turns.live, {})).map(({ turn }) => turn);
      return begun.every(({ turn }) => live.includes(turn.id));
    }, 'the cloud has heard of all turns');
    await killed?.kill('SIGKILL');
    const areThere = async () => {
      const counts = await Promise.all(others.map(connectionsOf));
      return counts.reduce((sum, each) => sum + each, 0) === DEVICES;
    };
    await eventually(areThere, 'all devices are at the other gateways');
    await Promise.all(begun.map(finish));
    const results = await Promise.all(begun.map(({ turn }) => turn.result));
    // On a busy machine a device may have waited too long for its connection: then its turn was stored, and delivered without an answer.
    const online = results.flatMap(({ outcome, isOffline }, index) => (isOffline ? [] : [{ outcome, index }]));
    t.diagnostic(`${online.length} of ${DEVICES} turns went on at another gateway`);
    for (const { outcome, index } of online) {
      assert.deepEqual([outcome, replies[index]?.size], ['done', UTTERANCE_FRAMES]);
    }
    await Promise.all(devices.map(say));
    await allRecorded();
    await killed?.start();
    await installation.whenUp();
  },
);

test('an address that holds too many connections gets no more, and others are served', needsHaproxy, async () => {
  const strict = await startHaproxy({
    ports: installation.gateways.map(({ port }) => port),
    settings: { EARSHOT_SOURCE_CONNECTIONS: '5' },
  });
  const port = Number(new URL(strict.url).port);
  const open: Socket[] = [];
  try {
    // What is refused is reset.
    const dial = (localAddress: string) =>
      connect({ host: '127.0.0.1', port, localAddress }).on('error', () => undefined);
    const signal = AbortSignal.timeout(60_000);
    // One after the other would take longer than HAProxy waits for a request, on a busy machine. More than one are refused while its start is still asked for.
    for (let i = 0; i < 6; i++) open.push(dial('127.0.0.1'));
    await Promise.race(open.map((each) => once(each, 'error', { signal })));
    const other = dial('127.0.0.2');
    other.write('GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const [answer] = await once(other, 'data', { signal });
    assert.match(String(answer), /^HTTP\/1\.1 404 /);
    other.destroy();
  } finally {
    for (const socket of open) socket.destroy();
    await strict.close();
  }
});
