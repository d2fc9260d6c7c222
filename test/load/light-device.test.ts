/** The light device against the real gateway, and compared with the client library: message by message, packets byte for byte. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { responderNamed } from '../../src/gateway/responders.ts';
import { type Fleet, openFleet } from '../../src/tools/load/fleet.ts';
import { FullDevice } from '../../src/tools/load/full-device.ts';
import { LightDevice } from '../../src/tools/load/light-device.ts';
import type { DeviceKind, LoadDevice, LoadDeviceOptions } from '../../src/tools/load/load-device.ts';
import { hashOfFrames, type LoadTurn } from '../../src/tools/load/load-turn.ts';
import { noMeasures } from '../../src/tools/load/measures.ts';
import { createDeviceSockets, type DeviceSockets } from '../../src/tools/load/sockets.ts';
import { bundledUtterances, type NextUtterance } from '../../src/tools/load/utterances.ts';
import { eventually } from '../support/eventually.ts';
import { withoutCloud } from '../support/no-cloud.ts';

const CONTINUOUSLY = { pattern: 'continuous', turnsPerMinute: 0, lengthMs: 1_000 } as const;
/** Longer than any of these turns on a busy machine. */
const PATIENCE_MS = 60_000;
const DEVICES = 4;

/** Hashes of what was recorded, by the id of the turn. */
const recorded = new Map<string, string>();
const fleets: Fleet[] = [];
let gateway: Gateway;
let utterances: NextUtterance;

before(async () => {
  utterances = await bundledUtterances({ shortestMs: 300, longestMs: 700 });
  gateway = await startGateway({
    ...{ host: '127.0.0.1', port: 0, responder: responderNamed('parrot'), log: silentLog, limits: DEFAULT_LIMITS },
    cloud: withoutCloud({
      has: (_, id) => recorded.has(id),
      async record({ id, audio }) {
        const frames: Uint8Array[] = [];
        for await (const packets of audio.packets())
          frames.push(...packets.flatMap((packet) => packet.frames.map((frame) => frame.slice())));
        recorded.set(id, hashOfFrames(frames));
      },
    }),
  });
});
afterEach(async () => {
  for (const fleet of fleets.splice(0)) await fleet.close();
  recorded.clear();
});
after(() => gateway.close());

function lightFleet() {
  const turns: LoadTurn[] = [];
  const onTurn = (turn: LoadTurn) => turns.push(turn);
  const fleet = openFleet({ gateway: gateway.url, kind: 'light', replies: 'repeated', utterances, onTurn });
  fleets.push(fleet);
  return { fleet, turns };
}

/** Notes what is sent over them. */
function notedSockets(sent: unknown[]): DeviceSockets {
  const sockets = createDeviceSockets({ makeDelayLine: undefined, onAttempt() {} });
  function Noted(url: string, protocols: string[]) {
    const socket = new sockets.WebSocket(url, protocols);
    const send = socket.send.bind(socket);
    socket.send = (data) => {
      const what = typeof data === 'string' ? comparable(JSON.parse(data)) : Buffer.from(data).toString('hex');
      if (what !== undefined) sent.push(what);
      send(data);
    };
    return socket;
  }
  return { WebSocket: Noted as unknown as DeviceSockets['WebSocket'], cut: sockets.cut };
}

/** A message without what differs from turn to turn: ids, dates, durations. Pings and acknowledgements depend on the time. */
function comparable({ type, ...message }: Record<string, unknown> & { type: string }): unknown {
  if (type === 'ping' || type === 'ack' || type === 'bye') return undefined;
  const { id, startedAt, latencyMs, locale, features, ...rest } = message;
  return { type, ...rest };
}

/** All that a device of this kind sends in its first turn. */
async function sentBy(kind: DeviceKind): Promise<unknown[]> {
  const sent: unknown[] = [];
  const turns: LoadTurn[] = [];
  const measures = noMeasures();
  const options: LoadDeviceOptions = {
    ...{ gateway: gateway.url, name: `compared-${kind}`, framesPerPacket: 3, replies: 'repeated', clock: systemClock },
    ...{ random: Math.random, measures: () => measures, sockets: notedSockets(sent), onFree() {} },
    onTurn: (turn) => turns.push(turn),
  };
  const device: LoadDevice = kind === 'full' ? new FullDevice(options) : new LightDevice(options);
  await device.connect(false);
  device.talk(utterances(() => 0.4));
  await eventually(() => turns.length === 1, 'the turn is over and stored');
  await device.close();
  return sent;
}

test('it sends what the client library sends', async () => {
  const [full, light] = [await sentBy('full'), await sentBy('light')];
  const unnamed = (sent: unknown[]) => JSON.stringify(sent).replaceAll(/compared-(full|light)/g, 'device');
  assert.ok(light.length > 8, `${light.length} messages`);
  assert.equal(unnamed(light), unnamed(full));
});

test('every frame is recorded once and comes back once', async () => {
  const { fleet, turns } = lightFleet();
  await fleet.resize(DEVICES);
  fleet.talk(CONTINUOUSLY);
  await eventually(() => new Set(turns.map(({ device }) => device)).size === DEVICES, 'each device has spoken');
  assert.ok(await fleet.quiet(PATIENCE_MS));
  const { frames, turns: counts } = fleet.take();
  assert.deepEqual(counts.over, { done: turns.length });
  assert.equal(counts.stored, turns.length);
  assert.deepEqual([frames.lost, frames.duplicated, frames.wrong], [0, 0, 0]);
  assert.equal(frames.received, frames.said);
  for (const { id, hash } of turns) assert.equal(recorded.get(id), hash);
});

test('a turn whose connection is lost has failed; the device connects again', async () => {
  const { fleet, turns } = lightFleet();
  await fleet.resize(DEVICES);
  fleet.talk(CONTINUOUSLY);
  await eventually(() => fleet.talking === DEVICES, 'all talk');
  fleet.cut(1);
  await eventually(() => turns.filter(({ outcome }) => outcome === 'done').length >= DEVICES, 'turns after the cut');
  assert.ok(await fleet.quiet(PATIENCE_MS));
  const { connections, turns: counts } = fleet.take();
  assert.ok((connections.lost.link_down ?? 0) >= DEVICES, JSON.stringify(connections));
  assert.deepEqual(Object.keys(counts.over).toSorted(), ['done', 'link_down']);
  assert.ok((counts.over.link_down ?? 0) >= DEVICES);
});
