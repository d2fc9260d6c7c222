import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineLogic } from '../../machines/adapter/contract-logic.ts';
import { LINK_DELAYS_MS, LINK_QUALITY, link, retryDelayMs } from '../../machines/link.ts';
import { type LinkContract, linkContract, networkContract } from '../../src/core/contracts/index.ts';
import { fakeActor } from '../support/fake-actor.ts';
import { fakeParent } from '../support/fake-parent.ts';
import { passesBothWays } from '../support/relay.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const ERROR = { code: 'gateway_unreachable', message: 'nobody there', hint: '' } as const;

function connection() {
  const clock = new SimulatedClock();
  const network = fakeActor(networkContract);
  const parent = fakeParent<LinkContract>(machineLogic(link.provide({ actors: { network: network.logic } })), clock);
  const fail = (jitter = 0, retryable = true) =>
    network.send({ type: 'network.closed', error: ERROR, retryable, jitter });
  return {
    clock,
    network,
    parent,
    fail,
    dials: () => network.types().filter((type) => type === 'network.connect').length,
  };
}

test('it dials at once and reports the welcome of the gateway', () => {
  const { network, parent, dials } = connection();
  assert.equal(dials(), 1);
  network.send({ type: 'network.opened', session: 's1' });
  assert.deepEqual(parent.received, [{ type: 'link.up', session: 's1' }]);
});

test('a move to another gateway is no break: the new session is reported, and the link stays up', () => {
  const { network, parent, dials } = connection();
  network.send({ type: 'network.opened', session: 's1' });
  network.send({ type: 'network.moved', session: 's2' });
  assert.deepEqual(parent.received, [
    { type: 'link.up', session: 's1' },
    { type: 'link.up', session: 's2' },
  ]);
  assert.equal(dials(), 1);
});

test('it backs off longer after each failure, with jitter, and up to a limit', () => {
  const attempts = [1, 2, 3, 4, 20];
  const shortest = attempts.map((count) => retryDelayMs({ attempts: count, retryable: true, jitter: 0 }));
  const longest = attempts.map((count) => retryDelayMs({ attempts: count, retryable: true, jitter: 1 }));
  assert.deepEqual(shortest, [125, 250, 500, 1_000, 15_000]);
  assert.deepEqual(longest, [250, 500, 1_000, 2_000, LINK_DELAYS_MS.longestRetry]);
});

test('it dials again after the delay, and a success resets the failures', () => {
  const { clock, network, parent, fail, dials } = connection();
  fail(1);
  assert.deepEqual(parent.received.at(-1), { type: 'link.down', error: ERROR, retryInMs: 250 });
  clock.increment(249);
  assert.equal(dials(), 1);
  clock.increment(1);
  assert.equal(dials(), 2);
  fail(1);
  clock.increment(500);
  network.send({ type: 'network.opened', session: 's2' });
  fail(1);
  assert.deepEqual(parent.received.at(-1), { type: 'link.down', error: ERROR, retryInMs: 250 });
});

test('a gateway that sends no welcome is disconnected', () => {
  const { clock, network, parent } = connection();
  clock.increment(LINK_DELAYS_MS.connectTimeout);
  assert.equal(network.types().at(-1), 'network.close');
  assert.equal(parent.received.at(-1)?.type, 'link.down');
});

test('after a permanent failure it dials only after a minute, or at once on request', () => {
  const { clock, fail, parent, dials } = connection();
  fail(0, false);
  clock.increment(LINK_DELAYS_MS.refusedRetry - 1);
  assert.equal(dials(), 1);
  parent.send({ type: 'link.retry' });
  assert.equal(dials(), 2);
});

test('turns and replies pass through, unchanged, in every state', () => {
  for (const lead of [
    () => {},
    ({ network }: ReturnType<typeof connection>) => network.send({ type: 'network.opened', session: 's' }),
    ({ fail }: ReturnType<typeof connection>) => fail(),
  ]) {
    const line = connection();
    lead(line);
    passesBothWays(linkContract, networkContract, line.parent, line.network);
  }
});

test('a crash of the network actor takes the link down and up again', () => {
  const { clock, network, parent, dials } = connection();
  network.send({ type: 'network.opened', session: 's' });
  network.send({ type: 'actor.restarting', actor: 'network', crashes: 1, delayMs: 100, error: ERROR } as never);
  assert.deepEqual(
    parent.received.map(({ type }) => type),
    ['link.up', 'actor.restarting', 'link.down'],
  );
  const down = parent.received.at(-1);
  assert.ok(down?.type === 'link.down' && down.error.message === ERROR.message, 'the reason is reported');
  clock.increment(250);
  assert.equal(dials(), 2);
});

test('a network actor that crashes while it dials is dialled again', () => {
  const { clock, network, parent, dials } = connection();
  network.send({ type: 'actor.restarting', actor: 'network', crashes: 1, delayMs: 100, error: ERROR } as never);
  const down = parent.received.at(-1);
  assert.ok(down?.type === 'link.down' && down.error.message === ERROR.message);
  clock.increment(250);
  assert.equal(dials(), 2);
});

test('the reason of a disconnect is reported, and its retryable flag is used', () => {
  const { clock, network, parent, fail, dials } = connection();
  network.send({ type: 'network.opened', session: 's' });
  fail(1, false);
  assert.deepEqual(parent.received.at(-1), { type: 'link.down', error: ERROR, retryInMs: LINK_DELAYS_MS.refusedRetry });
  clock.increment(LINK_DELAYS_MS.refusedRetry - 1);
  assert.equal(dials(), 1);
  clock.increment(1);
  clock.increment(LINK_DELAYS_MS.connectTimeout);
  const timedOut = parent.received.at(-1);
  assert.ok(timedOut?.type === 'link.down' && timedOut.error.code === 'gateway_unreachable');
  assert.match(timedOut.error.message, /did not answer/);
});

test('a closed link does not dial again', () => {
  const { clock, network, parent, fail, dials } = connection();
  network.send({ type: 'network.opened', session: 's' });
  parent.send({ type: 'link.close' });
  fail();
  clock.increment(LINK_DELAYS_MS.refusedRetry);
  assert.equal(network.types().at(-1), 'network.close');
  assert.equal(dials(), 1);
});

test('quality turns poor and good again only after several exchanges in a row', () => {
  const { network, parent } = connection();
  network.send({ type: 'network.opened', session: 's' });
  const exchange = (roundTripMs: number, backlogMs = 0) =>
    network.send({ type: 'network.roundTrip', roundTripMs, clockOffsetMs: 0, backlogMs });
  const qualities = () => parent.received.flatMap((event) => (event.type === 'link.quality' ? [event.quality] : []));
  exchange(150);
  exchange(150);
  exchange(90);
  exchange(150);
  exchange(150);
  assert.deepEqual(qualities(), [], 'not three in a row');
  const last = parent.received.at(-1);
  assert.deepEqual(last, { type: 'link.roundTrip', roundTripMs: 150 }, 'every exchange is reported');
  exchange(101, 40);
  assert.deepEqual(parent.received.slice(-2), [
    { type: 'link.roundTrip', roundTripMs: 101 },
    { type: 'link.quality', quality: 'poor', roundTripMs: 101, backlogMs: 40 },
  ]);
  for (let i = 0; i < 5; i++) exchange(90);
  assert.deepEqual(qualities(), ['poor'], 'between the thresholds nothing changes');
  assert.deepEqual(parent.received.at(-1), { type: 'link.roundTrip', roundTripMs: 90 });
  exchange(50);
  exchange(50);
  exchange(90);
  exchange(50);
  exchange(51);
  assert.deepEqual(parent.received.at(-1), { type: 'link.roundTrip', roundTripMs: 51 });
  assert.deepEqual(qualities(), ['poor'], 'not three in a row');
  exchange(52, 7);
  assert.deepEqual(parent.received.slice(-2), [
    { type: 'link.roundTrip', roundTripMs: 52 },
    { type: 'link.quality', quality: 'good', roundTripMs: 52, backlogMs: 7 },
  ]);
  assert.deepEqual(qualities(), ['poor', 'good']);
  exchange(20);
  assert.deepEqual(parent.received.at(-1), { type: 'link.roundTrip', roundTripMs: 20 });
  for (let i = 0; i < LINK_QUALITY.exchanges; i++) exchange(20, 2_000);
  assert.deepEqual(qualities(), ['poor', 'good', 'poor'], 'unacknowledged speech counts as well');
});

test('the backoff is reset when the operating system has a network again', () => {
  const { network, parent, fail, dials } = connection();
  fail(1);
  fail(1);
  network.send({ type: 'network.available' });
  assert.equal(dials(), 2);
  fail(1);
  assert.deepEqual(parent.received.at(-1), { type: 'link.down', error: ERROR, retryInMs: 250 }, 'and starts again');
});

test('a new connection starts with a reset quality', () => {
  const { clock, network, parent, fail } = connection();
  const exchange = (roundTripMs: number) =>
    network.send({ type: 'network.roundTrip', roundTripMs, clockOffsetMs: 0, backlogMs: 0 });
  const qualities = () => parent.received.filter(({ type }) => type === 'link.quality').length;
  network.send({ type: 'network.opened', session: 's' });
  exchange(150);
  exchange(150);
  fail();
  clock.increment(LINK_DELAYS_MS.longestRetry);
  network.send({ type: 'network.opened', session: 's' });
  exchange(150);
  assert.equal(qualities(), 0);
});

test('each failure in a row makes the next wait longer', () => {
  const { clock, parent, fail } = connection();
  const waits: number[] = [];
  for (let i = 0; i < 4; i++) {
    fail(1);
    const down = parent.received.at(-1);
    if (down?.type === 'link.down') waits.push(down.retryInMs);
    clock.increment(LINK_DELAYS_MS.longestRetry);
  }
  assert.deepEqual(waits, [250, 500, 1_000, 2_000]);
});

test('a link that has just turned poor needs several good exchanges, too', () => {
  const { network, parent } = connection();
  network.send({ type: 'network.opened', session: 's' });
  const exchange = (roundTripMs: number) =>
    network.send({ type: 'network.roundTrip', roundTripMs, clockOffsetMs: 0, backlogMs: 0 });
  for (let i = 0; i < LINK_QUALITY.exchanges; i++) exchange(150);
  exchange(20);
  assert.equal(parent.received.filter(({ type }) => type === 'link.quality').length, 1);
});

const CODE = { code: '123456', expiresAtMs: 600_000 } as const;
const BROKEN = { code: 'internal', message: 'it broke', hint: '' } as const;
const CRASH = { type: 'actor.restarting', actor: 'network', crashes: 1, delayMs: 100, error: BROKEN } as const;

/** A device that the gateway does not know, after some attempts that failed. */
function unpaired() {
  const line = connection();
  line.fail(1);
  line.clock.increment(250);
  line.fail(1);
  line.clock.increment(500);
  line.network.send({ type: 'network.pairing', ...CODE });
  return line;
}

test('the pairing code is reported, and the connection waits for the operator without a time limit', () => {
  const { clock, network, parent, dials } = unpaired();
  assert.deepEqual(parent.received.at(-1), { type: 'link.pairing', ...CODE });
  clock.increment(10 * LINK_DELAYS_MS.connectTimeout);
  assert.ok(!network.types().includes('network.close'));
  assert.equal(dials(), 3);
});

test('after a pairing it reconnects soon, without reporting a lost link', () => {
  const { clock, parent, fail, dials } = unpaired();
  fail(1);
  assert.equal(parent.received.at(-1)?.type, 'link.pairing');
  clock.increment(249);
  assert.equal(dials(), 3);
  clock.increment(1);
  assert.equal(dials(), 4);
});

test('a gateway that cannot pair now is dialled again only after a minute', () => {
  const { clock, fail, dials } = unpaired();
  fail(1, false);
  clock.increment(LINK_DELAYS_MS.refusedRetry - 1);
  assert.equal(dials(), 3);
  clock.increment(1);
  assert.equal(dials(), 4);
});

test('a network actor that crashes in a pairing takes the link down and up again', () => {
  const { clock, network, parent, dials } = unpaired();
  network.send(CRASH as never);
  const [told, down] = parent.received.slice(-2);
  assert.equal(told?.type, 'actor.restarting');
  assert.ok(down?.type === 'link.down' && down.error.message === BROKEN.message);
  clock.increment(250);
  assert.equal(dials(), 4);
});

test('a crash after the pairing is reported, and does not change the wait', () => {
  const { clock, network, parent, fail, dials } = unpaired();
  fail(1);
  network.send(CRASH as never);
  assert.equal(parent.received.at(-1)?.type, 'actor.restarting');
  clock.increment(250);
  assert.equal(dials(), 4);
});
