/**
 * A gateway that stops asks its devices to connect elsewhere: the network actor makes the new connection before it closes the old one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EarshotError } from '../../src/core/errors.ts';
import { device, STORED, TURN, wire } from './network-device.ts';

const GOAWAY = { type: 'goaway', afterMs: 30_000, spreadMs: 2_000 };

/** Half of the spread, because the device's random numbers are all ½ here. */
const WAIT_MS = 1_000;

function connected() {
  const line = device();
  line.welcome();
  const old = line.last();
  return { ...line, old, dials: () => line.sockets.length };
}

test('between turns it connects elsewhere after a random part of the spread, and only then closes the old connection', () => {
  const { old, last, actor, clock, welcome, dials } = connected();
  old.say(GOAWAY);
  clock.increment(WAIT_MS - 1);
  assert.equal(dials(), 1);
  clock.increment(1);
  assert.equal(dials(), 2);
  assert.equal(old.closed, undefined);
  welcome({ session: 's2' });
  assert.deepEqual(old.closed, { code: 1_000, reason: 'going away, as asked' });
  assert.equal(old.texts.at(-1)?.type, 'bye');
  assert.deepEqual(actor.sent.slice(1), [{ type: 'network.moved', session: 's2' }]);
  assert.equal(last().closed, undefined);
});

test('the end of the connection that it has left is not a loss', () => {
  const { old, actor, clock, welcome } = connected();
  old.say(GOAWAY);
  clock.increment(WAIT_MS);
  welcome({ session: 's2' });
  old.end(4_001, 'replaced');
  assert.equal(actor.types().at(-1), 'network.moved');
});

test('in the middle of a turn it stays until the turn is over', () => {
  const { old, actor, clock, speak, dials, welcome } = connected();
  actor.send(TURN);
  old.say(GOAWAY);
  clock.increment(60_000);
  speak(0, true);
  assert.equal(dials(), 1);
  assert.equal(old.packets.length, 1);
  old.handlers.onBinary(wire({ sequence: 0, final: true }));
  old.say({ type: 'turn.done', turn: 1, id: TURN.id });
  assert.equal(dials(), 2);
  welcome({ session: 's2' });
  assert.notEqual(old.closed, undefined);
});

test('a turn that begins while it waits is sent at once, on the old connection', () => {
  const { old, actor, clock, speak, dials } = connected();
  old.say(GOAWAY);
  clock.increment(WAIT_MS - 1);
  actor.send(TURN);
  speak(0);
  assert.deepEqual(
    old.texts.filter(({ type }) => type === 'turn.start').map(({ id }) => id),
    [TURN.id],
  );
  assert.equal(old.packets.length, 1);
  clock.increment(5_000);
  assert.equal(dials(), 1);
});

test('a turn that begins while the other gateway is dialled is not delayed, and moves whole before its reply', () => {
  const { old, last, actor, clock, speak, welcome } = connected();
  old.say(GOAWAY);
  clock.increment(WAIT_MS);
  actor.send(TURN);
  speak(0);
  assert.equal(old.packets.length, 1);
  welcome({ session: 's2' });
  speak(1, true);
  const { texts, packets } = last();
  assert.deepEqual(
    texts.filter(({ type }) => type === 'turn.start').map(({ id }) => id),
    [TURN.id],
  );
  assert.deepEqual(
    packets.map((bytes) => bytes[7]),
    [0, 1],
  );
  assert.notEqual(old.closed, undefined);
});

test('a reply that is coming on the old connection is not cut', () => {
  const { old, last, actor, played, clock, speak, welcome, dials } = connected();
  old.say(GOAWAY);
  clock.increment(WAIT_MS);
  actor.send(TURN);
  speak(0, true);
  old.handlers.onBinary(wire({ sequence: 0 }));
  welcome({ session: 's2' });
  const refused = last();
  assert.notEqual(refused.closed, undefined);
  assert.equal(old.closed, undefined);
  old.handlers.onBinary(wire({ sequence: 1, final: true }));
  assert.equal(played.length, 2);
  old.say({ type: 'turn.done', turn: 1, id: TURN.id });
  clock.increment(300);
  assert.equal(dials(), 3);
  welcome({ session: 's3' });
  assert.equal(actor.types().at(-1), 'network.moved');
});

test('a turn that was sent to its end stays, because it may be answered already', () => {
  const { old, last, actor, clock, speak, welcome, dials } = connected();
  old.say(GOAWAY);
  clock.increment(WAIT_MS);
  actor.send(TURN);
  speak(0, true);
  const refused = last();
  welcome({ session: 's2' });
  assert.notEqual(refused.closed, undefined);
  assert.deepEqual(
    refused.texts.filter(({ type }) => type === 'turn.start'),
    [],
  );
  assert.equal(old.closed, undefined);
  old.handlers.onBinary(wire({ sequence: 0, final: true }));
  old.say({ type: 'turn.done', turn: 1, id: TURN.id });
  clock.increment(300);
  assert.equal(dials(), 3);
});

test('where no other gateway is, it tries again and keeps the old connection as long as that lasts', () => {
  const { old, last, actor, clock, dials, networkIsBack } = connected();
  old.say(GOAWAY);
  clock.increment(WAIT_MS);
  const waits: number[] = [];
  for (let failures = 0; failures < 5; failures += 1) {
    const before = dials();
    last().end(1_006, '', new EarshotError('gateway_busy', 'HTTP 503', ''));
    let waitedMs = 0;
    for (; dials() === before; waitedMs += 1) clock.increment(1);
    waits.push(waitedMs);
  }
  assert.deepEqual(waits, [188, 375, 750, 1_500, 1_500]);
  assert.deepEqual(actor.types(), ['network.opened']);
  const next = last();
  old.end(1_001, 'going away');
  const lost = actor.sent.at(-1);
  assert.ok(lost?.type === 'network.closed' && lost.retryable);
  assert.notEqual(next.closed, undefined);
  const before = dials();
  clock.increment(60_000);
  assert.equal(dials(), before, 'the link decides when it is dialled again');
  networkIsBack();
});

test('a gateway that does not answer is given up for the next attempt', () => {
  const { old, last, clock, dials } = connected();
  old.say(GOAWAY);
  clock.increment(WAIT_MS);
  const silent = last();
  silent.handlers.onOpen();
  clock.increment(5_000);
  assert.notEqual(silent.closed, undefined);
  clock.increment(250);
  assert.equal(dials(), 3);
});

test('the old gateway may replace the connection before the new one is welcomed: it is made again soon', () => {
  const { old, actor, clock } = connected();
  old.say(GOAWAY);
  clock.increment(WAIT_MS);
  old.end(4_001, 'replaced');
  const lost = actor.sent.at(-1);
  assert.ok(lost?.type === 'network.closed' && lost.retryable);
});

test('asked twice, it moves once; stopped, it leaves no connection and no timer', () => {
  const { old, last, actor, clock, dials } = connected();
  old.say(GOAWAY);
  old.say({ type: 'goaway', afterMs: 0 });
  clock.increment(WAIT_MS);
  assert.equal(dials(), 2);
  actor.send({ type: 'network.close', reason: 'shutting down' });
  assert.notEqual(old.closed, undefined);
  assert.notEqual(last().closed, undefined);
  clock.increment(60_000);
  assert.equal(dials(), 2);
});

test('a stored turn that is sent and not confirmed is not waited for: the other gateway gets it again', () => {
  const { old, actor, backlog, clock, welcome, dials } = connected();
  backlog.send(STORED);
  // Its end was lost with the process that stored it: an empty packet ends it.
  assert.equal(old.packets.length, STORED.packets.length + 1);
  old.say(GOAWAY);
  clock.increment(WAIT_MS);
  assert.equal(dials(), 2);
  welcome({ session: 's2' });
  assert.deepEqual(actor.types().slice(-2), ['delivery.failed', 'network.moved']);
  assert.notEqual(old.closed, undefined);
});
