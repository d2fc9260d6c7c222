/** One direction of an emulated network, in virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDelayLine } from '../../src/tools/load/delay-line.ts';
import { openNetworks } from '../../src/tools/load/networks.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

test('messages take as long as the trace says, in their order; what was lost comes 200 ms later', async () => {
  const clock = createVirtualClock();
  const line = createDelayLine([50, 10, -1, 20], 0, clock);
  const startMs = clock.now();
  const came: [string, number][] = [];
  for (const name of ['a', 'b', 'c']) line.pass(10, () => came.push([name, clock.now() - startMs]));
  assert.equal(line.waitingBytes, 30);
  await clock.run(1_000);
  // b would have overtaken a; the packet of c was lost once.
  assert.deepEqual(came, [
    ['a', 50],
    ['b', 50],
    ['c', 220],
  ]);
  assert.equal(line.waitingBytes, 0);
});

test('nothing comes after its end', async () => {
  const clock = createVirtualClock();
  const line = createDelayLine([50], 0, clock);
  line.pass(1, () => assert.fail('it came'));
  line.end();
  await clock.run(1_000);
  assert.equal(line.waitingBytes, 0);
});

test('the mix: of twenty devices ten have no delay added', async () => {
  const networkOf = await openNetworks('mix');
  const networks = Array.from({ length: 20 }, (_, i) => networkOf(i));
  assert.equal(networks.filter((delays) => delays === undefined).length, 10);
  assert.equal(new Set(networks).size, 4);
});
