/**
 * Three real gateways on one embedded cloud are restarted one after the other behind a balancer, while devices talk without a pause: each
 * turn is answered, whole and once, and no device is without a connection at any time.
 */
import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import { nameOfDevice, openFleet } from '../../src/tools/load/fleet.ts';
import type { LoadTurn } from '../../src/tools/load/load-turn.ts';
import { sumOfMeasures } from '../../src/tools/load/measures.ts';
import { bundledUtterances } from '../../src/tools/load/utterances.ts';
import { eventually } from '../support/eventually.ts';
import { openGateways, type SharingGateways } from '../support/gateways.ts';
import { once } from '../support/in-time.ts';

const DEVICES = 5;
const DRAIN_MS = 60_000;

let shared: SharingGateways;
before(async () => {
  shared = await openGateways({ count: 3 });
});
after(() => shared.close());

/** A balancer of TCP connections: to the gateways in turn that are ready. */
async function openBalancer() {
  const ready = new Map(shared.gateways.map((gateway, index) => [index, Number(new URL(gateway.url).port)]));
  let connections = 0;
  const server = createServer((client) => {
    const ports = [...ready.values()];
    const port = ports[connections++ % ports.length] ?? 0;
    const gateway = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    client.pipe(gateway).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ready,
    close: () => once(server.close(), 'close'),
  };
}

test('a rolling restart under load loses nothing, and no device loses its connection', async () => {
  const balancer = await openBalancer();
  const turns: LoadTurn[] = [];
  const fleet = openFleet({
    ...{ gateway: balancer.url, replies: 'repeated', seed: 1 },
    utterances: await bundledUtterances({ shortestMs: 300, longestMs: 900 }),
    onTurn: (turn) => turns.push(turn),
  });
  try {
    await fleet.resize(DEVICES);
    fleet.talk({ pattern: 'continuous', turnsPerMinute: 0, lengthMs: 0 });
    for (const index of shared.gateways.keys()) {
      await eventually(() => shared.gateways[index]?.connections(), `gateway ${index + 1} has devices`);
      balancer.ready.delete(index);
      await shared.gateways[index]?.drain(DRAIN_MS);
      assert.equal(shared.gateways[index]?.connections(), 0, 'every device has left by itself');
      await shared.restart(index);
      balancer.ready.set(index, Number(new URL(shared.gateways[index]?.url ?? '').port));
    }
    assert.ok(await fleet.quiet(DRAIN_MS));
  } finally {
    await fleet.close();
    await balancer.close();
  }
  const { frames, connections, errors } = sumOfMeasures(fleet.take());
  assert.deepEqual([frames.lost, frames.duplicated, frames.wrong], [0, 0, 0]);
  assert.deepEqual({ lost: connections.lost, errors }, { lost: {}, errors: {} });
  assert.ok(turns.length > DEVICES);
  // Not stored on the device for later: none had to wait for a gateway.
  const others = turns.filter(({ outcome, isOffline }) => outcome !== 'done' || isOffline);
  assert.deepEqual(others, []);
  const inCloud = await eventually(async () => {
    const pages = Array.from({ length: DEVICES }, (_, index) =>
      shared.asOperator.query(api.turns.list, { device: nameOfDevice(index), limit: 1_000 }),
    );
    const listed = (await Promise.all(pages)).flat();
    // A turn that met the end of its connection failed there, until the gateway where it went on tells more.
    return listed.filter(({ outcome }) => outcome === 'done').length >= turns.length && listed;
  }, 'the cloud has all turns as done');
  assert.deepEqual(inCloud.map(({ turn }) => turn).sort(), turns.map(({ id }) => id).sort());
});
