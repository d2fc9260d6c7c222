/** Fleets of devices against the real gateway, over real sockets: what was said and what came back is known by frame. */
import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { countIn } from '../../convex/sketch.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { responderNamed } from '../../src/gateway/responders.ts';
import { type Fleet, type FleetOptions, openFleet } from '../../src/tools/load/fleet.ts';
import { hashOfFrames, type LoadTurn } from '../../src/tools/load/load-turn.ts';
import { noMeasures, sumOfMeasures } from '../../src/tools/load/measures.ts';
import { bundledUtterances } from '../../src/tools/load/utterances.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { once } from '../support/in-time.ts';
import { withoutCloud } from '../support/no-cloud.ts';

const DEVICES = 6;
const CONTINUOUSLY = { pattern: 'continuous', turnsPerMinute: 0, lengthMs: 1_000 } as const;
/** Longer than any of these turns on a busy machine. */
const PATIENCE_MS = 60_000;

/** The frames of each recording, by the id of its turn; a second recording of a turn is an error. */
const recorded = new Map<string, { frames: number; hash: string }>();
const gateways: Gateway[] = [];
const fleets: Fleet[] = [];
let utterances: Awaited<ReturnType<typeof bundledUtterances>>;

before(async () => {
  utterances = await bundledUtterances({ shortestMs: 300, longestMs: 900 });
});
afterEach(async () => {
  for (const fleet of fleets.splice(0)) await fleet.close();
  recorded.clear();
});
after(async () => {
  for (const gateway of gateways) await gateway.close();
});

async function gatewayWith(responder: 'echo' | 'parrot', { limits = DEFAULT_LIMITS, port = 0 } = {}): Promise<string> {
  const gateway = await startGateway({
    ...{ host: '127.0.0.1', port, responder: responderNamed(responder), log: silentLog, limits },
    cloud: withoutCloud({
      has: (_, id) => recorded.has(id),
      async record({ id, audio }) {
        const frames: Uint8Array[] = [];
        for await (const packets of audio.packets())
          frames.push(...packets.flatMap((packet) => packet.frames.map((frame) => frame.slice())));
        assert.ok(!recorded.has(id), 'recorded once');
        recorded.set(id, { frames: frames.length, hash: hashOfFrames(frames) });
      },
    }),
  });
  gateways.push(gateway);
  return gateway.url;
}

function open(options: Omit<FleetOptions, 'utterances' | 'replies'>) {
  const turns: LoadTurn[] = [];
  const fleet = openFleet({ replies: 'repeated', utterances, onTurn: (turn) => turns.push(turn), ...options });
  fleets.push(fleet);
  return { fleet, turns };
}

/** Each device says something, and the turns of all are over. */
async function onceEach(fleet: Fleet, turns: readonly LoadTurn[]): Promise<void> {
  fleet.talk(CONTINUOUSLY);
  const devices = () => new Set(turns.map(({ device }) => device)).size;
  await eventually(() => devices() === fleet.size, 'each device has spoken');
  assert.ok(await fleet.quiet(PATIENCE_MS));
}

for (const responder of ['echo', 'parrot'] as const) {
  test(`${responder}: every frame is recorded once and comes back once`, async () => {
    const { fleet, turns } = open({ gateway: await gatewayWith(responder) });
    await fleet.resize(DEVICES);
    assert.equal(fleet.connected, DEVICES);
    await onceEach(fleet, turns);
    const { frames, turns: counts, delayMs, connections } = fleet.take();
    assert.deepEqual(counts.over, { done: turns.length });
    assert.deepEqual([counts.started, counts.stored], [turns.length, turns.length]);
    assert.deepEqual([frames.lost, frames.duplicated, frames.wrong], [0, 0, 0]);
    assert.equal(frames.received, frames.said);
    assert.equal(connections.attempts, DEVICES);
    // The reply of an echo begins before the utterance ends, that of a parrot after it.
    assert.equal(countIn(delayMs.reply), responder === 'parrot' ? turns.length : 0);
    assert.ok(countIn(delayMs.added) > 0 === (responder === 'echo'));
    for (const { id, frames: said, hash } of turns) assert.deepEqual(recorded.get(id), { frames: said, hash });
  });
}

test('a cut fleet connects again, and what was said is recorded once', async () => {
  const { fleet, turns } = open({ gateway: await gatewayWith('parrot') });
  await fleet.resize(DEVICES);
  fleet.talk(CONTINUOUSLY);
  await eventually(() => fleet.talking === DEVICES, 'all talk');
  fleet.cut(1);
  await eventually(() => turns.length >= 2 * DEVICES, 'turns after the cut');
  assert.ok(await fleet.quiet(PATIENCE_MS));
  const { connections, delayMs, frames } = fleet.take();
  assert.ok(
    (connections.lost.link_down ?? 0) + (connections.lost.gateway_closed ?? 0) >= DEVICES,
    JSON.stringify(connections),
  );
  assert.ok(countIn(delayMs.reconnect) >= DEVICES);
  assert.equal(frames.lost + frames.duplicated + frames.wrong, 0);
  assert.equal(recorded.size, turns.length);
  for (const { id, frames: said, hash } of turns) assert.deepEqual(recorded.get(id), { frames: said, hash });
});

test('turns that the gateway refuses while they are spoken have failed, and their devices go on', async () => {
  const gateway = await gatewayWith('parrot', { limits: { ...DEFAULT_LIMITS, turnMs: 200 } });
  const { fleet } = open({ gateway });
  await fleet.resize(2);
  fleet.talk(CONTINUOUSLY);
  let failed = 0;
  await eventually(() => {
    failed += fleet.take().turns.over.turn_refused ?? 0;
    return failed >= 4;
  }, 'refused turns');
  assert.equal(fleet.connected, 2);
});

test('a delayed network only delays', async () => {
  const { fleet, turns } = open({ gateway: await gatewayWith('parrot'), networkOf: () => [40, 5, 60, -1, 20] });
  await fleet.resize(2);
  await onceEach(fleet, turns);
  const { frames, turns: counts } = fleet.take();
  assert.deepEqual(counts.over, { done: turns.length });
  assert.equal(frames.lost + frames.duplicated + frames.wrong, 0);
});

/** A gateway's address, where only the first connection gets through. @returns how many more wait */
async function onlyTheFirst(gateway: string): Promise<{ url: string; waiting: () => number; close: () => void }> {
  let waiting = -1;
  const sockets: Socket[] = [];
  const server = createServer((device) => {
    waiting += 1;
    sockets.push(device);
    if (waiting > 0) return;
    const onward = connect(Number(new URL(gateway).port), '127.0.0.1');
    device.on('error', () => onward.destroy()).pipe(onward);
    onward.on('error', () => device.destroy()).pipe(device);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url: `ws://127.0.0.1:${port}`, waiting: () => waiting, close };
}

test('while a fleet grows, nobody speaks to a device that has not been connected yet', async () => {
  const proxy = await onlyTheFirst(await gatewayWith('parrot'));
  const { fleet } = open({ gateway: proxy.url, kind: 'light' });
  await fleet.resize(1);
  const growing = assert.rejects(fleet.resize(4));
  await eventually(() => proxy.waiting() === 3, 'three more dial');
  fleet.talk({ pattern: 'poisson', turnsPerMinute: 600, lengthMs: 1_000 });
  let turns = fleet.take().turns;
  await eventually(() => {
    turns = sumOfMeasures({ ...noMeasures(), turns }, fleet.take()).turns;
    return (turns.over.done ?? 0) >= 2;
  }, 'two turns');
  assert.ok(turns.skipped > 0);
  assert.deepEqual(Object.keys(turns.over), ['done']);
  proxy.close();
  await fleet.close();
  await growing;
});

for (const kind of ['full', 'light'] as const) {
  test(`each turn of ${kind} devices that begins ends, also of one that is not needed any more; or is counted as not ended`, async () => {
    const { fleet } = open({ gateway: await gatewayWith('parrot'), kind });
    await fleet.resize(3);
    fleet.talk(CONTINUOUSLY);
    await eventually(() => fleet.talking === 3, 'all talk');
    await fleet.resize(1);
    const { over } = fleet.take().turns;
    assert.deepEqual(Object.keys(over), ['done']);
    await eventually(() => fleet.talking === 1, 'the last one talks');
    await fleet.close();
    assert.deepEqual(fleet.take().turns.over, { 'not-ended': 1 });
  });
}

test('a smaller fleet says good-bye to some devices', async () => {
  const { fleet } = open({ gateway: await gatewayWith('echo') });
  await fleet.resize(4);
  await fleet.resize(1);
  assert.deepEqual([fleet.size, fleet.connected], [1, 1]);
});

test('what is said without a gateway is not lost: it is delivered later, and has no reply', async () => {
  const port = await freePort();
  await gatewayWith('parrot', { port });
  const { fleet, turns } = open({ gateway: `ws://127.0.0.1:${port}` });
  await fleet.resize(1);
  await gateways.pop()?.close();
  await eventually(() => fleet.connected === 0, 'the connection is lost');
  fleet.talk(CONTINUOUSLY);
  await eventually(() => fleet.unconfirmed.some(({ outcome }) => outcome !== undefined), 'a turn is over');
  await gatewayWith('parrot', { port });
  assert.ok(await fleet.quiet(PATIENCE_MS));
  const offline = turns.filter(({ isOffline }) => isOffline);
  const { frames, turns: counts } = fleet.take();
  assert.ok(offline.length > 0);
  assert.equal(counts.over.offline, offline.length);
  assert.deepEqual([frames.lost, frames.duplicated, frames.wrong], [0, 0, 0]);
  for (const { id, frames: said, hash } of turns) assert.deepEqual(recorded.get(id), { frames: said, hash });
});

test('a device whose first attempt fails connects at the next one', async () => {
  const target = Number(new URL(await gatewayWith('echo')).port);
  let connections = 0;
  const refusesTheSecond = createServer((device) => {
    connections += 1;
    if (connections === 2) return device.destroy();
    const gateway = connect(target, '127.0.0.1');
    device.on('error', () => gateway.destroy()).pipe(gateway);
    gateway.on('error', () => device.destroy()).pipe(device);
  });
  await once(refusesTheSecond.listen(0, '127.0.0.1'), 'listening');
  const { port } = refusesTheSecond.address() as AddressInfo;
  const { fleet } = open({ gateway: `ws://127.0.0.1:${port}` });
  await fleet.resize(3);
  assert.equal(fleet.connected, 3);
  assert.equal(fleet.take().connections.attempts, 4);
  await fleet.close();
  refusesTheSecond.close();
});

test('a device beyond the limit of the gateway is an error', async () => {
  const { fleet } = open({ gateway: await gatewayWith('echo', { limits: { ...DEFAULT_LIMITS, connections: 2 } }) });
  await assert.rejects(fleet.resize(3), /503/);
});

test('without a gateway it says that there is none', async () => {
  const { fleet } = open({ gateway: 'ws://127.0.0.1:1' });
  await assert.rejects(fleet.resize(2), { code: 'gateway_unreachable' });
});

test('measures of processes add up', () => {
  const { fleet } = open({ gateway: 'ws://127.0.0.1:1' });
  const one = fleet.take();
  one.turns.over.done = 2;
  one.delayMs.reply['7'] = 3;
  const sum = sumOfMeasures(one, one, fleet.take());
  assert.equal(sum.turns.over.done, 4);
  assert.deepEqual(sum.delayMs.reply, { 7: 6 });
});
