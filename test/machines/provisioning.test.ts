import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActor } from 'xstate';
import { PROVISIONING_DELAYS_MS, provisioning } from '../../machines/provisioning.ts';
import { linkContract, wifiContract } from '../../src/core/contracts/index.ts';
import { fakeActor } from '../support/fake-actor.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const WRONG = { code: 'wifi_refused', message: 'The password is wrong', hint: 'Type it again.' } as const;
const NOBODY = { code: 'gateway_not_found', message: 'No gateway was found', hint: '' } as const;

function device(isPaired = false) {
  const clock = new SimulatedClock();
  const wifi = fakeActor(wifiContract);
  const link = fakeActor(linkContract);
  const actor = createActor(provisioning.provide({ actors: { wifi: wifi.logic, link: link.logic } }), {
    clock,
  });
  let done = 0;
  actor.on('provisioning.done', () => (done += 1));
  actor.start();
  if (isPaired) actor.send({ type: 'provisioning.paired' });
  const state = () => JSON.stringify(actor.getSnapshot().value).replaceAll(/[{}"]/g, '');
  const context = () => actor.getSnapshot().context;
  /** To the open access point. */
  function toHotspot(): void {
    clock.increment(PROVISIONING_DELAYS_MS.settle);
    wifi.send({ type: 'wifi.hosting', address: '10.42.0.1' });
  }
  return { clock, wifi, link, actor, state, context, toHotspot, isDone: () => done === 1 };
}

test('where there is a network, the gateway is looked for at once', () => {
  const { wifi, link, state } = device();
  assert.deepEqual(wifi.types(), ['wifi.release', 'wifi.check']);
  assert.equal(link.starts, 0);
  wifi.send({ type: 'wifi.online' });
  assert.equal(state(), 'online:searching');
  assert.equal(link.starts, 1);
});

test('a network may come late: it is looked for again and again, then the access point is opened', () => {
  const { clock, wifi, state, context } = device();
  wifi.send({ type: 'wifi.offline' });
  clock.increment(PROVISIONING_DELAYS_MS.look);
  clock.increment(PROVISIONING_DELAYS_MS.look);
  assert.deepEqual(wifi.types(), ['wifi.release', 'wifi.check', 'wifi.check', 'wifi.check']);
  clock.increment(PROVISIONING_DELAYS_MS.settle - 2 * PROVISIONING_DELAYS_MS.look);
  assert.equal(wifi.types().at(-1), 'wifi.host');
  assert.equal(state(), 'hosting');
  wifi.send({ type: 'wifi.hosting', address: '10.42.0.1' });
  assert.equal(state(), 'hotspot');
  assert.equal(context().address, '10.42.0.1');
});

test('a whole first day: network, gateway, code, approved', () => {
  const { wifi, link, actor, state, context, toHotspot, isDone } = device();
  toHotspot();
  actor.send({ type: 'provisioning.join' });
  assert.deepEqual([state(), wifi.types().at(-1), context().address], ['joining', 'wifi.join', undefined]);
  wifi.send({ type: 'wifi.joined' });
  assert.equal(state(), 'online:searching');
  link.send({ type: 'link.down', error: NOBODY, retryInMs: 1 });
  link.send({ type: 'link.pairing', code: '123456', expiresAtMs: 1 });
  assert.deepEqual([state(), context().code, context().error], ['online:pairing', '123456', undefined]);
  link.send({ type: 'link.pairing', code: '654321', expiresAtMs: 1 });
  assert.equal(context().code, '654321');
  assert.ok(!isDone());
  link.send({ type: 'link.up', session: 's' });
  assert.deepEqual([state(), context().code, link.running], ['done', undefined, false]);
  assert.ok(isDone());
});

for (const [name, failure, error] of [
  ['it is refused', { type: 'wifi.refused', error: WRONG }, WRONG.message],
  ['NetworkManager fails', { type: 'wifi.failed', error: WRONG }, WRONG.message],
] as const) {
  test(`a network that cannot be joined, because ${name}: the access point again, with the reason, until the next attempt`, () => {
    const { wifi, actor, state, context, toHotspot } = device();
    toHotspot();
    actor.send({ type: 'provisioning.join' });
    wifi.send(failure);
    assert.deepEqual([state(), wifi.types().at(-1)], ['hosting', 'wifi.host']);
    wifi.send({ type: 'wifi.hosting', address: '10.42.0.1' });
    assert.equal(context().error?.message, error);
    actor.send({ type: 'provisioning.join' });
    assert.equal(context().error, undefined);
  });
}

test('NetworkManager that does not answer: a time limit on each wait', () => {
  const { clock, wifi, actor, state, context, toHotspot } = device();
  clock.increment(PROVISIONING_DELAYS_MS.settle);
  clock.increment(PROVISIONING_DELAYS_MS.hostTimeout);
  assert.equal(state(), 'offline:looking');
  toHotspot();
  actor.send({ type: 'provisioning.join' });
  clock.increment(PROVISIONING_DELAYS_MS.joinTimeout);
  assert.deepEqual([state(), context().error?.code], ['hosting', 'wifi_refused']);
  wifi.send({ type: 'wifi.failed', error: WRONG });
  assert.deepEqual([state(), context().error], ['offline:looking', WRONG]);
  wifi.send({ type: 'wifi.online' });
  assert.deepEqual([state(), context().error], ['online:searching', undefined]);
});

test('without a gateway the access point opens again: with what the link told, else that nobody answered', () => {
  const { clock, wifi, link, actor, state, context, toHotspot } = device();
  wifi.send({ type: 'wifi.online' });
  clock.increment(PROVISIONING_DELAYS_MS.gatewayTimeout);
  assert.deepEqual([state(), context().error?.code, link.running], ['hosting', 'gateway_unreachable', false]);
  wifi.send({ type: 'wifi.hosting', address: '10.42.0.1' });
  actor.send({ type: 'provisioning.search' });
  assert.deepEqual([state(), context().error, context().address], ['online:searching', undefined, '10.42.0.1']);
  link.send({ type: 'link.down', error: NOBODY, retryInMs: 1 });
  clock.increment(PROVISIONING_DELAYS_MS.gatewayTimeout);
  assert.deepEqual([state(), context().error], ['hosting', NOBODY]);
  toHotspot();
});

test('a gateway that goes away during the pairing is looked for again, and its code is not shown any more', () => {
  const { clock, wifi, link, state, context } = device();
  wifi.send({ type: 'wifi.online' });
  link.send({ type: 'link.pairing', code: '123456', expiresAtMs: 1 });
  clock.increment(10 * PROVISIONING_DELAYS_MS.gatewayTimeout);
  assert.equal(state(), 'online:pairing');
  link.send({ type: 'link.down', error: NOBODY, retryInMs: 1 });
  assert.deepEqual([state(), context().code, context().error], ['online:searching', undefined, NOBODY]);
  clock.increment(PROVISIONING_DELAYS_MS.gatewayTimeout);
  assert.equal(state(), 'hosting');
});

test('nobody at the page: the known networks are tried again; a person who uses it is not interrupted', () => {
  const { clock, wifi, actor, state, context, toHotspot } = device();
  toHotspot();
  clock.increment(PROVISIONING_DELAYS_MS.unvisited - 1);
  actor.send({ type: 'provisioning.visited' });
  clock.increment(PROVISIONING_DELAYS_MS.unvisited - 1);
  assert.equal(state(), 'hotspot');
  clock.increment(1);
  assert.deepEqual([state(), context().address], ['offline:looking', undefined]);
  assert.deepEqual(wifi.types().slice(-2), ['wifi.release', 'wifi.check']);
});

test('a paired device needs a network only: found, or joined', () => {
  const found = device(true);
  found.wifi.send({ type: 'wifi.online' });
  assert.ok(found.isDone());
  const joined = device(true);
  joined.toHotspot();
  joined.actor.send({ type: 'provisioning.join' });
  joined.wifi.send({ type: 'wifi.joined' });
  assert.ok(joined.isDone());
  assert.deepEqual([found.link.starts, joined.link.starts], [0, 0]);
});
