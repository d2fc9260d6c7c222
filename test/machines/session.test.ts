import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActor, SimulatedClock } from 'xstate';
import { peerPort, responderPort } from '../../machines/ports.ts';
import { SESSION_DELAYS_MS, type SessionNews, session } from '../../machines/session.ts';
import { fakeActor } from '../support/fake-actor.ts';

const ERROR = { code: 'responder_failed', message: 'no idea', hint: '' } as const;

function gatewaySide() {
  const clock = new SimulatedClock();
  const peer = fakeActor(peerPort);
  const responder = fakeActor(responderPort);
  const machine = session.provide({ actors: { peer: peer.logic, responder: responder.logic } });
  const actor = createActor(machine, { clock, input: { session: 's1' } });
  const news: string[] = [];
  actor.on('*', (event: SessionNews) => news.push('outcome' in event ? `${event.type} ${event.outcome}` : event.type));
  actor.start();
  const hello = (resumed = false) => peer.say({ type: 'peer.attached', device: 'toy', bufferMs: 600, resumed });
  const cut = () => peer.say({ type: 'peer.detached', code: 1006, reason: '' });
  const turn = (number = 1, offline = false) =>
    peer.say({ type: 'peer.turn', turn: number, id: `id-${number}`, trigger: 'key', startedAtMs: 0, offline });
  const final = () => peer.say({ type: 'peer.final', turn: 1, frames: 10 });
  const replying = () => responder.say({ type: 'responder.replying', turn: 1 });
  const replied = () => peer.say({ type: 'peer.replied', turn: 1, frames: 10 });
  /** The state of the conversation while the session is open, else of the session. */
  const state = () => {
    const { value } = actor.getSnapshot();
    return typeof value === 'object' && 'open' in value
      ? (value.open as { conversation: unknown }).conversation
      : value;
  };
  return { clock, peer, responder, actor, news, hello, cut, turn, final, replying, replied, state };
}

test('a turn is heard, thought about, answered and done', () => {
  const { peer, responder, news, hello, turn, final, replying, replied, state } = gatewaySide();
  hello();
  turn();
  assert.deepEqual(state(), { turn: 'listening' });
  final();
  assert.deepEqual(state(), { turn: 'processing' });
  replying();
  assert.deepEqual(state(), { turn: 'replying' });
  replied();
  assert.deepEqual(state(), 'waiting');
  assert.deepEqual(peer.types(), ['peer.welcome', 'peer.reply', 'peer.done']);
  assert.deepEqual(responder.types(), ['responder.begin']);
  assert.deepEqual(news, ['session.opened', 'turn.ended done']);
});

test('a reply may begin and end before the utterance does', () => {
  const { hello, turn, replying, replied, final, state, news } = gatewaySide();
  hello();
  turn();
  replying();
  replied();
  assert.deepEqual(state(), { turn: 'listening' });
  final();
  assert.deepEqual(state(), 'waiting');
  assert.equal(news.at(-1), 'turn.ended done');
});

test('a session without a connection is closed', () => {
  const { clock, state } = gatewaySide();
  clock.increment(SESSION_DELAYS_MS.attachTimeout);
  assert.equal(state(), 'closed');
});

test('a device that was cut off in a turn is waited for, and goes on where it was', () => {
  const { clock, peer, responder, hello, cut, turn, final, replying, replied, state, news } = gatewaySide();
  hello();
  turn();
  cut();
  clock.increment(SESSION_DELAYS_MS.resumeInTurn - 1);
  assert.deepEqual(state(), { turn: 'listening' });
  hello(true);
  assert.deepEqual(peer.received.at(-1), { type: 'peer.welcome', session: 's1', resumed: true });
  final();
  replying();
  replied();
  assert.equal(state(), 'waiting');
  assert.deepEqual(responder.types(), ['responder.begin']);
  assert.deepEqual(news, ['session.opened', 'session.resumed', 'turn.ended done']);
});

test('a device that stays away, or comes back without its turn, is not waited for', () => {
  const away = gatewaySide();
  away.hello();
  away.turn();
  away.cut();
  away.clock.increment(SESSION_DELAYS_MS.resumeInTurn);
  assert.equal(away.state(), 'closed');
  const between = gatewaySide();
  between.hello();
  between.cut();
  between.clock.increment(SESSION_DELAYS_MS.resumeBetweenTurns);
  assert.equal(between.state(), 'closed');
  const restarted = gatewaySide();
  restarted.hello();
  restarted.turn();
  restarted.cut();
  restarted.hello(false);
  assert.equal(restarted.state(), 'waiting');
  assert.equal(restarted.responder.types().at(-1), 'responder.abort');
});

test('a kept turn is recorded, not answered', () => {
  const { peer, responder, hello, turn, final, state, news } = gatewaySide();
  hello();
  turn(1, true);
  final();
  assert.deepEqual(state(), { turn: 'keeping' });
  peer.say({ type: 'peer.stored', turn: 1 });
  assert.equal(state(), 'waiting');
  assert.deepEqual(responder.types(), []);
  assert.equal(peer.types().at(-1), 'peer.done');
  assert.equal(news.at(-1), 'turn.ended done');
});

test('a new turn takes the place of the old one', () => {
  const { responder, hello, turn, final, replying, news, state } = gatewaySide();
  hello();
  turn(1);
  final();
  replying();
  turn(2);
  assert.deepEqual(state(), { turn: 'listening' });
  assert.deepEqual(responder.received.slice(-2), [
    { type: 'responder.abort', turn: 1 },
    { type: 'responder.begin', turn: 2, id: 'id-2' },
  ]);
  assert.equal(news.at(-1), 'turn.ended aborted');
});

test('an abort of the current turn ends it; of another, nothing', () => {
  const { peer, hello, turn, state, news } = gatewaySide();
  hello();
  turn();
  peer.say({ type: 'peer.abort', turn: 9, reason: 'cancelled' });
  assert.deepEqual(state(), { turn: 'listening' });
  peer.say({ type: 'peer.abort', turn: 1, reason: 'cancelled' });
  assert.deepEqual(state(), 'waiting');
  assert.equal(news.at(-1), 'turn.ended aborted');
});

test('a responder that fails, crashes or is silent refuses the turn; the line stays usable', () => {
  const failures: ((s: ReturnType<typeof gatewaySide>) => void)[] = [
    ({ responder }) => responder.say({ type: 'responder.failed', turn: 1, error: ERROR }),
    ({ responder }) =>
      responder.say({ type: 'actor.restarting', actor: 'responder', crashes: 1, delayMs: 1, error: ERROR } as never),
    ({ clock }) => clock.increment(SESSION_DELAYS_MS.processingLimit),
  ];
  for (const fail of failures) {
    const side = gatewaySide();
    side.hello();
    side.turn();
    side.final();
    fail(side);
    assert.deepEqual(side.state(), 'waiting');
    assert.ok(side.peer.types().includes('peer.refuse'));
    assert.equal(side.news.at(-1), 'turn.ended failed');
    side.turn(2);
    assert.deepEqual(side.state(), { turn: 'listening' });
  }
});

test('an utterance and a reply without end are bounded', () => {
  const side = gatewaySide();
  side.hello();
  side.turn();
  side.clock.increment(SESSION_DELAYS_MS.turnLimit);
  assert.deepEqual(side.state(), 'waiting');
  const other = gatewaySide();
  other.hello();
  other.turn();
  other.final();
  other.replying();
  other.clock.increment(SESSION_DELAYS_MS.replyLimit);
  assert.deepEqual(other.state(), 'waiting');
  assert.ok(other.peer.types().includes('peer.flush'));
});

test('a turn that wants no reply is done when the responder is', () => {
  const { responder, peer, hello, turn, final, state } = gatewaySide();
  hello();
  turn();
  final();
  responder.say({ type: 'responder.finished', turn: 1 });
  assert.deepEqual(state(), 'waiting');
  assert.equal(peer.types().at(-1), 'peer.done');
});

test('a session whose peer crashes is closed, and so is one that is told to', () => {
  const crashed = gatewaySide();
  crashed.hello();
  crashed.peer.crash();
  assert.equal(crashed.state(), 'closing');
  crashed.clock.increment(SESSION_DELAYS_MS.closeTimeout);
  assert.equal(crashed.state(), 'closed');
  assert.equal(crashed.news.at(-1), 'session.closed');

  const told = gatewaySide();
  told.hello();
  told.actor.send({ type: 'session.close', code: 1001, reason: 'shutting down' });
  assert.deepEqual(told.peer.received.at(-1), { type: 'peer.close', code: 1001, reason: 'shutting down' });
  told.cut();
  assert.equal(told.state(), 'closed');
  assert.equal(told.peer.running, false);
});
