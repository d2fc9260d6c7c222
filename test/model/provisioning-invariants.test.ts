/**
 * Long random sequences of all possible events on the machine of set-up, with doubles of NetworkManager and the link.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createActor } from 'xstate';
import { PROVISIONING_DELAYS_MS, provisioning } from '../../machines/provisioning.ts';
import { linkContract, wifiContract } from '../../src/core/contracts/index.ts';
import { fakeActor } from '../support/fake-actor.ts';
import { INTERNAL_ERROR } from '../support/sample-events.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const RUNS = Number(process.env.EARSHOT_MODEL_RUNS ?? 100);
const SEED = process.env.EARSHOT_MODEL_SEED === undefined ? 20_261_127 : Number(process.env.EARSHOT_MODEL_SEED);

function createWorld() {
  const clock = new SimulatedClock();
  const [wifi, link] = [fakeActor(wifiContract), fakeActor(linkContract)];
  const actor = createActor(provisioning.provide({ actors: { wifi: wifi.logic, link: link.logic } }), { clock });
  let done = 0;
  actor.on('provisioning.done', () => (done += 1));
  actor.start();
  return { clock, wifi, link, actor, done: () => done, is: (state: never) => actor.getSnapshot().matches(state) };
}
type World = ReturnType<typeof createWorld>;

const HAPPENINGS: [name: string, happen: (world: World) => void][] = [
  ...(['provisioning.paired', 'provisioning.visited', 'provisioning.join', 'provisioning.search'] as const).map(
    (type): (typeof HAPPENINGS)[number] => [type, ({ actor }) => actor.send({ type })],
  ),
  ...(['wifi.online', 'wifi.offline', 'wifi.joined'] as const).map((type): (typeof HAPPENINGS)[number] => [
    type,
    ({ wifi }) => wifi.send({ type }),
  ]),
  ['hosting', ({ wifi }) => wifi.send({ type: 'wifi.hosting', address: '10.42.0.1' })],
  ['refused', ({ wifi }) => wifi.send({ type: 'wifi.refused', error: INTERNAL_ERROR })],
  ['failed', ({ wifi }) => wifi.send({ type: 'wifi.failed', error: INTERNAL_ERROR })],
  ['pairing', ({ link }) => link.send({ type: 'link.pairing', code: '123456', expiresAtMs: 1 })],
  ['down', ({ link }) => link.send({ type: 'link.down', error: INTERNAL_ERROR, retryInMs: 1 })],
  ['up', ({ link }) => link.send({ type: 'link.up', session: 's' })],
  ...Object.values(PROVISIONING_DELAYS_MS).map((ms): (typeof HAPPENINGS)[number] => [
    `${ms} ms`,
    ({ clock }) => clock.increment(ms),
  ]),
];

const INVARIANTS: Record<string, (world: World) => void> = {
  'there is a link while there is a network, and only then': ({ link, is }) =>
    assert.equal(link.running, is('online' as never)),
  'a code is shown only while it can be approved': ({ actor, is }) =>
    assert.equal(actor.getSnapshot().context.code !== undefined, is({ online: 'pairing' } as never)),
  'the page is open where a person is to enter something, and not while the radio is elsewhere': ({ actor, is }) => {
    const { address } = actor.getSnapshot().context;
    if (is('hotspot' as never)) assert.ok(address);
    if (is('joining' as never) || is('offline' as never) || is('done' as never)) assert.equal(address, undefined);
  },
  'it ends once': ({ done, is }) => assert.equal(done(), is('done' as never) ? 1 : 0),
};
/** Without an event of anybody: all time limits, one after the other. */
const LONGEST_MS = Object.values(PROVISIONING_DELAYS_MS).reduce((sum, ms) => sum + ms, 0);

test('whatever happens: the invariants, and a person can always begin again', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...HAPPENINGS), { maxLength: 40 }), (happenings) => {
      const world = createWorld();
      for (const [, happen] of happenings) {
        happen(world);
        for (const [name, check] of Object.entries(INVARIANTS)) {
          try {
            check(world);
          } catch (cause) {
            throw new Error(name, { cause });
          }
        }
      }
      if (world.is('done' as never) || world.is({ online: 'pairing' } as never)) return;
      world.clock.increment(LONGEST_MS);
      assert.ok(world.wifi.types().includes('wifi.host'), 'the access point is asked for');
    }),
    { seed: SEED, numRuns: RUNS },
  );
});
