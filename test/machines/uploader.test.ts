import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineLogic } from '../../machines/adapter/contract-logic.ts';
import { UPLOADER_DELAYS_MS, uploader } from '../../machines/uploader.ts';
import { offlineContract, type UploaderContract, uploaderContract } from '../../src/core/contracts/index.ts';
import { fakeActor } from '../support/fake-actor.ts';
import { fakeParent } from '../support/fake-parent.ts';
import { passesBothWays } from '../support/relay.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const ERROR = { code: 'turn_refused', message: 'no', hint: '' } as const;

function storedTurns(turns = 1) {
  const clock = new SimulatedClock();
  const offline = fakeActor(offlineContract);
  const parent = fakeParent<UploaderContract>(
    machineLogic(uploader.provide({ actors: { offline: offline.logic } })),
    clock,
  );
  const deliveries = () => offline.types().filter((type) => type === 'offline.deliver').length;
  const pending = (count: number) => offline.send({ type: 'offline.pending', turns: count });
  pending(turns);
  const up = () => parent.send({ type: 'link.up', session: 's' });
  const begin = () => {
    up();
    clock.increment(UPLOADER_DELAYS_MS.quiet);
    offline.send({ type: 'offline.delivering', id: 'a' });
  };
  return { clock, offline, parent, deliveries, pending, up, begin };
}

test('stored turns are delivered when there is a link and no turn has run for a moment', () => {
  const { clock, deliveries, up } = storedTurns();
  clock.increment(60_000);
  assert.equal(deliveries(), 0);
  up();
  clock.increment(UPLOADER_DELAYS_MS.quiet - 1);
  assert.equal(deliveries(), 0);
  clock.increment(1);
  assert.equal(deliveries(), 1);
});

test('one after the other, each deleted only when the cloud has it', () => {
  const { clock, offline, parent, deliveries, pending, begin } = storedTurns(2);
  begin();
  assert.ok(!offline.types().includes('offline.forget'));
  parent.send({ type: 'turn.stored', id: 'a' });
  assert.deepEqual(offline.received.at(-1), { type: 'offline.forget', id: 'a' });
  assert.deepEqual(parent.received.at(-1), { type: 'turn.delivered', id: 'a' });
  pending(1);
  clock.increment(UPLOADER_DELAYS_MS.between - 1);
  assert.equal(deliveries(), 1);
  clock.increment(1);
  assert.equal(deliveries(), 2);
  offline.send({ type: 'offline.delivering', id: 'b' });
  parent.send({ type: 'turn.stored', id: 'b' });
  pending(0);
  clock.increment(600_000);
  assert.equal(deliveries(), 2);
});

test('never during a turn', () => {
  const { clock, parent, deliveries, up } = storedTurns();
  parent.send({ type: 'conversation.busy' });
  up();
  clock.increment(60_000);
  assert.equal(deliveries(), 0);
  parent.send({ type: 'conversation.idle' });
  clock.increment(UPLOADER_DELAYS_MS.quiet);
  assert.equal(deliveries(), 1);
});

test('a turn that begins, or a lost link, interrupts a delivery', () => {
  for (const interruption of ['conversation.busy', 'link.down'] as const) {
    const { clock, parent, deliveries, begin, up } = storedTurns();
    begin();
    parent.send(
      interruption === 'conversation.busy'
        ? { type: 'conversation.busy' }
        : { type: 'link.down', error: ERROR, retryInMs: 1 },
    );
    clock.increment(UPLOADER_DELAYS_MS.deliveryTimeout);
    assert.equal(deliveries(), 1);
    parent.send({ type: 'conversation.idle' });
    up();
    clock.increment(UPLOADER_DELAYS_MS.quiet);
    assert.equal(deliveries(), 2);
  }
});

test('a delivery that fails or is not confirmed is retried later', () => {
  const failed = storedTurns();
  failed.begin();
  failed.parent.send({ type: 'delivery.failed', id: 'a', error: ERROR, retryable: true });
  failed.clock.increment(UPLOADER_DELAYS_MS.retry);
  assert.equal(failed.deliveries(), 2);
  const silent = storedTurns();
  silent.begin();
  silent.clock.increment(UPLOADER_DELAYS_MS.deliveryTimeout);
  silent.clock.increment(UPLOADER_DELAYS_MS.retry);
  assert.equal(silent.deliveries(), 2);
});

test('a confirmation that comes after its time ends the wait, once', () => {
  const { clock, offline, parent, deliveries, begin } = storedTurns(2);
  begin();
  clock.increment(UPLOADER_DELAYS_MS.deliveryTimeout);
  parent.send({ type: 'turn.stored', id: 'a' });
  parent.send({ type: 'turn.stored', id: 'a', cloud: true });
  assert.equal(parent.received.filter(({ type }) => type === 'turn.delivered').length, 1);
  assert.ok(offline.received.some((event) => event.type === 'offline.forget' && event.id === 'a'));
  clock.increment(UPLOADER_DELAYS_MS.between);
  assert.equal(deliveries(), 2);
});

test('a turn that the cloud refuses permanently does not block the others', () => {
  const { clock, offline, parent, deliveries, begin } = storedTurns(2);
  begin();
  parent.send({ type: 'delivery.failed', id: 'a', error: ERROR, retryable: false });
  assert.deepEqual(offline.received.at(-1), { type: 'offline.setAside', id: 'a', error: ERROR });
  clock.increment(UPLOADER_DELAYS_MS.quiet);
  assert.equal(deliveries(), 2);
});

test('the confirmation of a live turn deletes it, too', () => {
  const { offline, parent } = storedTurns();
  parent.send({ type: 'turn.stored', id: 'live' });
  assert.deepEqual(offline.received.at(-1), { type: 'offline.forget', id: 'live' });
});

test('commands to the store and its events are forwarded', () => {
  const { offline, parent } = storedTurns();
  passesBothWays(uploaderContract, offlineContract, parent, offline);
});

test('another turn’s confirmation, or failure, does not end the delivery', () => {
  const { clock, offline, parent, deliveries, begin } = storedTurns(2);
  begin();
  parent.send({ type: 'turn.stored', id: 'live' });
  assert.deepEqual(offline.received.at(-1), { type: 'offline.forget', id: 'live' });
  assert.equal(parent.state(), 'delivering');
  assert.ok(!parent.received.some(({ type }) => type === 'turn.delivered'));
  parent.send({ type: 'delivery.failed', id: 'live', error: ERROR, retryable: true });
  parent.send({ type: 'delivery.failed', id: 'live', error: ERROR, retryable: false });
  assert.equal(parent.state(), 'delivering');
  parent.send({ type: 'delivery.failed', id: 'a', error: ERROR, retryable: true });
  assert.equal(parent.state(), 'retrying');
  assert.ok(!offline.received.some((event) => event.type === 'offline.forget' && event.id === 'a'), 'it is stored');
  clock.increment(UPLOADER_DELAYS_MS.retry - 1);
  assert.equal(deliveries(), 1);
});

test('a delivery, and the wait for the next, are interrupted by a turn', () => {
  const delivering = storedTurns();
  delivering.begin();
  delivering.parent.send({ type: 'conversation.busy' });
  assert.equal(delivering.parent.state(), 'resting');
  const retrying = storedTurns();
  retrying.begin();
  retrying.parent.send({ type: 'delivery.failed', id: 'a', error: ERROR, retryable: true });
  retrying.parent.send({ type: 'conversation.idle' });
  assert.equal(retrying.parent.state(), 'retrying');
  retrying.parent.send({ type: 'conversation.busy' });
  assert.equal(retrying.parent.state(), 'resting');
});
