import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActor, SimulatedClock } from 'xstate';
import { session } from '../../machines/session.ts';
import { SESSION_DELAYS_MS, type SessionNotification } from '../../machines/session-context.ts';
import { deviceConnectionContract, responderContract } from '../../src/core/contracts/index.ts';
import { fakeActor } from '../support/fake-actor.ts';

const ERROR = { code: 'responder_failed', message: 'no idea', hint: '' } as const;

function gatewaySide({ turnLimitMs = 300_000 } = {}) {
  const clock = new SimulatedClock();
  const deviceConnection = fakeActor(deviceConnectionContract);
  const responder = fakeActor(responderContract);
  const machine = session.provide({ actors: { deviceConnection: deviceConnection.logic, responder: responder.logic } });
  const actor = createActor(machine, { clock, input: { session: 's1', turnLimitMs } });
  const notifications: string[] = [];
  actor.on('*', (event: SessionNotification) =>
    notifications.push('outcome' in event ? `${event.type} ${event.outcome}` : event.type),
  );
  actor.start();
  const hello = (resumed = false) =>
    deviceConnection.send({ type: 'device.attached', device: 'toy', bufferMs: 600, resumed });
  const cut = () => deviceConnection.send({ type: 'device.detached', code: 1006, reason: '' });
  const turn = (number = 1, offline = false) =>
    deviceConnection.send({
      type: 'device.turn',
      turn: number,
      id: `id-${number}`,
      trigger: 'key',
      startedAtMs: 0,
      offline,
    });
  const final = () => deviceConnection.send({ type: 'device.final', turn: 1, frames: 10 });
  const replying = () => responder.send({ type: 'responder.replying', turn: 1 });
  const replied = () => deviceConnection.send({ type: 'device.replied', turn: 1, frames: 10 });
  /** The state of the conversation while the session is open, else of the session. */
  const state = () => {
    const { value } = actor.getSnapshot();
    return typeof value === 'object' && 'open' in value
      ? (value.open as { conversation: unknown }).conversation
      : value;
  };
  return {
    clock,
    deviceConnection,
    responder,
    actor,
    notifications,
    hello,
    cut,
    turn,
    final,
    replying,
    replied,
    state,
  };
}

test('a reply that asks the person something is told with its end; the next turn asks nothing', () => {
  const { deviceConnection, responder, hello, turn, final, replying, replied } = gatewaySide();
  hello();
  turn();
  final();
  responder.send({ type: 'responder.asks', turn: 1 });
  replying();
  replied();
  assert.deepEqual(deviceConnection.received.at(-1), { type: 'device.done', turn: 1, id: 'id-1', asks: true });
  turn(2);
  // Of the turn before, too late.
  responder.send({ type: 'responder.asks', turn: 1 });
  deviceConnection.send({ type: 'device.final', turn: 2, frames: 10 });
  responder.send({ type: 'responder.finished', turn: 2 });
  assert.deepEqual(deviceConnection.received.at(-1), { type: 'device.done', turn: 2, id: 'id-2' });
});

test('a turn is received, processed, answered and done', () => {
  const { deviceConnection, responder, notifications, hello, turn, final, replying, replied, state } = gatewaySide();
  hello();
  turn();
  assert.deepEqual(state(), { turn: 'receiving' });
  final();
  assert.deepEqual(state(), { turn: 'processing' });
  replying();
  assert.deepEqual(state(), { turn: 'replying' });
  replied();
  assert.deepEqual(state(), 'waiting');
  assert.deepEqual(deviceConnection.types(), ['device.welcome', 'device.reply', 'device.done']);
  assert.deepEqual(responder.types(), ['responder.begin']);
  assert.deepEqual(notifications, ['session.opened', 'turn.ended done']);
});

test('a reply may begin and end before the utterance does', () => {
  const { hello, turn, replying, replied, final, state, notifications } = gatewaySide();
  hello();
  turn();
  replying();
  replied();
  assert.deepEqual(state(), { turn: 'receiving' });
  final();
  assert.deepEqual(state(), 'waiting');
  assert.equal(notifications.at(-1), 'turn.ended done');
});

test('a session without a connection is closed', () => {
  const { clock, state } = gatewaySide();
  clock.increment(SESSION_DELAYS_MS.attachTimeout);
  assert.equal(state(), 'closed');
});

test('after a disconnect during a turn, the session waits for the device and resumes the turn', () => {
  const { clock, deviceConnection, responder, hello, cut, turn, final, replying, replied, state, notifications } =
    gatewaySide();
  hello();
  turn();
  cut();
  clock.increment(SESSION_DELAYS_MS.resumeInTurn - 1);
  assert.deepEqual(state(), { turn: 'receiving' });
  hello(true);
  assert.deepEqual(deviceConnection.received.at(-1), { type: 'device.welcome', session: 's1', resumed: true });
  final();
  replying();
  replied();
  assert.equal(state(), 'waiting');
  assert.deepEqual(responder.types(), ['responder.begin']);
  assert.deepEqual(notifications, ['session.opened', 'session.resumed', 'turn.ended done']);
});

test('the session does not wait for a device that stays disconnected or reconnects without its turn', () => {
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

test('an offline turn is recorded, not answered', () => {
  const { deviceConnection, responder, hello, turn, final, state, notifications } = gatewaySide();
  hello();
  turn(1, true);
  final();
  assert.deepEqual(state(), { turn: 'recording' });
  deviceConnection.send({ type: 'device.stored', turn: 1 });
  assert.equal(state(), 'waiting');
  assert.deepEqual(responder.types(), []);
  assert.equal(deviceConnection.types().at(-1), 'device.done');
  assert.equal(notifications.at(-1), 'turn.ended done');
});

test('a new turn replaces the old one', () => {
  const { responder, hello, turn, final, replying, notifications, state } = gatewaySide();
  hello();
  turn(1);
  final();
  replying();
  turn(2);
  assert.deepEqual(state(), { turn: 'receiving' });
  assert.deepEqual(responder.received.slice(-2), [
    { type: 'responder.abort', turn: 1 },
    { type: 'responder.begin', turn: 2, id: 'id-2' },
  ]);
  assert.equal(notifications.at(-1), 'turn.ended aborted');
});

test('an abort of the current turn ends it; one of another turn is ignored', () => {
  const { deviceConnection, hello, turn, state, notifications } = gatewaySide();
  hello();
  turn();
  deviceConnection.send({ type: 'device.abort', turn: 9, reason: 'cancelled' });
  assert.deepEqual(state(), { turn: 'receiving' });
  deviceConnection.send({ type: 'device.abort', turn: 1, reason: 'cancelled' });
  assert.deepEqual(state(), 'waiting');
  assert.equal(notifications.at(-1), 'turn.ended aborted');
});

test('a responder that fails, crashes or is silent refuses the turn; the session stays usable', () => {
  const failures: ((s: ReturnType<typeof gatewaySide>) => void)[] = [
    ({ responder }) => responder.send({ type: 'responder.failed', turn: 1, error: ERROR }),
    ({ responder }) =>
      responder.send({ type: 'actor.restarting', actor: 'responder', crashes: 1, delayMs: 1, error: ERROR } as never),
    ({ clock }) => clock.increment(SESSION_DELAYS_MS.processingLimit),
  ];
  for (const fail of failures) {
    const side = gatewaySide();
    side.hello();
    side.turn();
    side.final();
    fail(side);
    assert.deepEqual(side.state(), 'waiting');
    assert.ok(side.deviceConnection.types().includes('device.refuse'));
    assert.equal(side.notifications.at(-1), 'turn.ended failed');
    side.turn(2);
    assert.deepEqual(side.state(), { turn: 'receiving' });
  }
});

test('endless utterances and replies are limited', () => {
  const side = gatewaySide();
  side.hello();
  side.turn();
  side.clock.increment(300_000);
  assert.deepEqual(side.state(), 'waiting');
  const other = gatewaySide();
  other.hello();
  other.turn();
  other.final();
  other.replying();
  other.clock.increment(SESSION_DELAYS_MS.replyLimit);
  assert.deepEqual(other.state(), 'waiting');
  assert.ok(other.deviceConnection.types().includes('device.flush'));
});

test('the limit on the utterance is the configured one, or none', () => {
  const short = gatewaySide({ turnLimitMs: 1_000 });
  short.hello();
  short.turn();
  short.clock.increment(1_000);
  const refusal = short.deviceConnection.received.find((event) => event.type === 'device.refuse');
  assert.ok(refusal?.type === 'device.refuse' && refusal.retryable);
  assert.match(refusal.error.message, / 1 s$/);
  const unlimited = gatewaySide({ turnLimitMs: Number.POSITIVE_INFINITY });
  unlimited.hello();
  unlimited.turn();
  unlimited.clock.increment(24 * 3_600_000);
  assert.deepEqual(unlimited.state(), { turn: 'receiving' });
});

test('a turn beyond a limit is not retryable; the next one is accepted', () => {
  const { deviceConnection, responder, hello, turn, final, state, notifications } = gatewaySide();
  const refusals = () =>
    deviceConnection.received.flatMap((event) => (event.type === 'device.refuse' ? event.retryable : []));
  hello();
  turn(1);
  deviceConnection.send({ type: 'device.overrun', turn: 1, error: ERROR });
  assert.equal(state(), 'waiting');
  assert.deepEqual(refusals(), [false]);
  assert.deepEqual(responder.received.at(-1), { type: 'responder.abort', turn: 1 });
  assert.deepEqual(deviceConnection.received.at(-1), { type: 'device.flush', turn: 1 });
  assert.equal(notifications.at(-1), 'turn.ended failed');
  turn(1);
  final();
  responder.send({ type: 'responder.failed', turn: 1, error: ERROR });
  assert.deepEqual(refusals(), [false, true]);
});

test('a session that ends during a turn reports its failure, once; between turns it reports nothing', () => {
  const ends: [string, (side: ReturnType<typeof gatewaySide>) => void][] = [
    ['told to', ({ actor }) => actor.send({ type: 'session.close', code: 1001, reason: '' })],
    ['a deviceConnection that crashes', ({ deviceConnection }) => deviceConnection.crash()],
    [
      'a device that stays disconnected',
      ({ cut, clock }) => {
        cut();
        clock.increment(SESSION_DELAYS_MS.resumeInTurn);
      },
    ],
  ];
  for (const [name, end] of ends) {
    for (const inTurn of [true, false]) {
      const side = gatewaySide();
      side.hello();
      side.turn();
      if (!inTurn) side.deviceConnection.send({ type: 'device.abort', turn: 1, reason: 'cancelled' });
      end(side);
      side.clock.increment(SESSION_DELAYS_MS.closeTimeout + SESSION_DELAYS_MS.resumeBetweenTurns);
      assert.deepEqual(
        side.notifications,
        ['session.opened', `turn.ended ${inTurn ? 'failed' : 'aborted'}`, 'session.closed'],
        name,
      );
    }
  }
});

test('a turn without a reply is done when the responder has finished', () => {
  const { responder, deviceConnection, hello, turn, final, state } = gatewaySide();
  hello();
  turn();
  final();
  responder.send({ type: 'responder.finished', turn: 1 });
  assert.deepEqual(state(), 'waiting');
  assert.equal(deviceConnection.types().at(-1), 'device.done');
});

test('a session whose deviceConnection crashes is closed at once; on a close command it sends bye first', () => {
  const crashed = gatewaySide();
  crashed.hello();
  crashed.deviceConnection.crash();
  assert.equal(crashed.state(), 'closed');
  assert.equal(crashed.responder.running, false);
  assert.equal(crashed.notifications.at(-1), 'session.closed');

  const told = gatewaySide();
  told.hello();
  told.actor.send({ type: 'session.close', code: 1001, reason: 'shutting down' });
  assert.deepEqual(told.deviceConnection.received.at(-1), {
    type: 'device.close',
    code: 1001,
    reason: 'shutting down',
  });
  told.cut();
  assert.equal(told.state(), 'closed');
  assert.equal(told.deviceConnection.running, false);
});

test('a session that is told to close during a turn stops its responder before the device has answered', () => {
  const { actor, responder, hello, turn, final, state } = gatewaySide();
  hello();
  turn();
  final();
  actor.send({ type: 'session.close', code: 1001, reason: 'shutting down' });
  assert.equal(state(), 'closing');
  assert.deepEqual(responder.received.at(-1), { type: 'responder.abort', turn: 1 });
});

test('a failed turn is refused with its reason, its responder and reply are stopped, and the failure is reported', () => {
  type Side = ReturnType<typeof gatewaySide>;
  const heardOut = (side: Side) => side.final();
  const answered = (side: Side) => {
    side.final();
    side.replying();
  };
  const ways: [string, (side: Side) => void, boolean, string][] = [
    ['an utterance without end', ({ clock }) => clock.increment(300_000), false, 'turn_refused'],
    [
      'an answer that does not come',
      (side) => {
        heardOut(side);
        side.clock.increment(SESSION_DELAYS_MS.processingLimit);
      },
      false,
      'cloud_timeout',
    ],
    [
      'a reply without end',
      (side) => {
        answered(side);
        side.clock.increment(SESSION_DELAYS_MS.replyLimit);
      },
      false,
      'reply_timeout',
    ],
    [
      'an offline turn that cannot be recorded',
      (side) => {
        heardOut(side);
        side.clock.increment(SESSION_DELAYS_MS.recordingLimit);
      },
      true,
      'turn_refused',
    ],
    [
      'a responder that fails',
      ({ responder }) => responder.send({ type: 'responder.failed', turn: 1, error: ERROR }),
      false,
      'responder_failed',
    ],
    [
      'a responder that crashes',
      ({ responder }) =>
        responder.send({ type: 'actor.restarting', actor: 'responder', crashes: 1, delayMs: 1, error: ERROR } as never),
      false,
      'responder_failed',
    ],
  ];
  for (const [name, giveUp, offline, code] of ways) {
    const side = gatewaySide();
    side.hello();
    // The error of the previous turn must not count for this one.
    side.turn(1);
    side.responder.send({ type: 'responder.failed', turn: 1, error: { ...ERROR, code: 'internal' } });
    for (const told of [side.deviceConnection.received, side.responder.received, side.notifications]) told.length = 0;
    side.turn(1, offline);
    giveUp(side);
    assert.equal(side.state(), 'waiting', name);
    const refusal = side.deviceConnection.received.find((event) => event.type === 'device.refuse');
    assert.ok(refusal?.type === 'device.refuse' && refusal.error.code === code, name);
    assert.deepEqual(side.responder.received.at(-1), { type: 'responder.abort', turn: 1 }, name);
    assert.deepEqual(side.deviceConnection.received.at(-1), { type: 'device.flush', turn: 1 }, name);
    assert.deepEqual(side.notifications, ['turn.ended failed'], name);
  }
});

test('changes of the operator are sent to the device, also during a turn', () => {
  const { deviceConnection, actor, hello, turn } = gatewaySide();
  hello();
  for (const volumePercent of [50, 60]) {
    actor.send({ type: 'session.settings', settings: { volumePercent } });
    assert.deepEqual(deviceConnection.received.at(-1), { type: 'device.settings', settings: { volumePercent } });
    turn();
  }
});

test('a control reaches the device, also during a turn', () => {
  const { deviceConnection, actor, hello, turn } = gatewaySide();
  hello();
  actor.send({ type: 'session.control', action: 'mute' });
  assert.deepEqual(deviceConnection.received.at(-1), { type: 'device.control', action: 'mute' });
  turn();
  actor.send({ type: 'session.control', action: 'cancel' });
  assert.deepEqual(deviceConnection.received.at(-1), { type: 'device.control', action: 'cancel' });
});

test('announcements and reminders reach the device, also during a turn', () => {
  const { deviceConnection, actor, hello, turn } = gatewaySide();
  const reminders = { reminders: [{ id: 'r', kind: 'timer' as const, label: 'pasta', at: 9 }] };
  const said = { id: 'a', text: 'Dinner', priority: 'normal', expiresInMs: 9 } as const;
  hello();
  for (const _ of ['waiting', 'in a turn']) {
    actor.send({ type: 'session.say', ...said });
    assert.deepEqual(deviceConnection.received.at(-1), { type: 'device.say', ...said });
    actor.send({ type: 'session.unsay', id: 'a' });
    assert.deepEqual(deviceConnection.received.at(-1), { type: 'device.unsay', id: 'a' });
    actor.send({ type: 'session.reminders', ...reminders });
    assert.deepEqual(deviceConnection.received.at(-1), { type: 'device.reminders', ...reminders });
    turn();
  }
});

test('an abort, and a device that lost its state, stop the responder and the reply', () => {
  for (const end of ['abort', 'fresh start'] as const) {
    const { deviceConnection, responder, hello, turn, notifications } = gatewaySide();
    hello();
    turn();
    if (end === 'abort') deviceConnection.send({ type: 'device.abort', turn: 1, reason: 'cancelled' });
    else hello(false);
    assert.deepEqual(responder.received.at(-1), { type: 'responder.abort', turn: 1 });
    assert.ok(deviceConnection.received.some((event) => event.type === 'device.flush' && event.turn === 1));
    assert.equal(notifications.filter((each) => each === 'turn.ended aborted').length, 1);
  }
});

test('events of another turn are ignored', () => {
  const { deviceConnection, responder, hello, turn, final, replying, state, notifications } = gatewaySide();
  hello();
  turn();
  const foreign = () => {
    const before = JSON.stringify([
      state(),
      deviceConnection.received.length,
      responder.received.length,
      notifications.length,
    ]);
    deviceConnection.send({ type: 'device.final', turn: 7, frames: 1 });
    deviceConnection.send({ type: 'device.stored', turn: 7 });
    deviceConnection.send({ type: 'device.overrun', turn: 7, error: ERROR });
    deviceConnection.send({ type: 'device.replied', turn: 7, frames: 1 });
    responder.send({ type: 'responder.processing', turn: 7 });
    responder.send({ type: 'responder.replying', turn: 7 });
    responder.send({ type: 'responder.finished', turn: 7 });
    responder.send({ type: 'responder.failed', turn: 7, error: ERROR });
    assert.equal(
      JSON.stringify([state(), deviceConnection.received.length, responder.received.length, notifications.length]),
      before,
    );
  };
  foreign();
  final();
  assert.deepEqual(state(), { turn: 'processing' });
  foreign();
  replying();
  foreign();
});

test('the device is notified of the processing of a turn', () => {
  const { deviceConnection, responder, hello, turn } = gatewaySide();
  hello();
  turn();
  responder.send({ type: 'responder.processing', turn: 1, transcript: 'hello' });
  assert.deepEqual(deviceConnection.received.at(-1), { type: 'device.processing', turn: 1, transcript: 'hello' });
});

test('a turn that ended without a reply is reported as done', () => {
  const { responder, hello, turn, final, notifications } = gatewaySide();
  hello();
  turn();
  final();
  responder.send({ type: 'responder.finished', turn: 1 });
  assert.equal(notifications.at(-1), 'turn.ended done');
});

test('an offline turn that is already stored needs no packet', () => {
  const { deviceConnection, hello, turn, state } = gatewaySide();
  hello();
  turn(1, true);
  deviceConnection.send({ type: 'device.stored', turn: 1 });
  assert.equal(state(), 'waiting');
  assert.equal(deviceConnection.types().at(-1), 'device.done');
});

test('a device that reconnects before the loss of its old connection is detected is welcomed again', () => {
  const { clock, deviceConnection, actor, hello, cut, turn, state } = gatewaySide();
  const notifications: SessionNotification[] = [];
  actor.on('*', (event) => notifications.push(event));
  hello();
  turn();
  hello(true);
  assert.deepEqual(deviceConnection.received.at(-1), { type: 'device.welcome', session: 's1', resumed: true });
  assert.deepEqual(notifications.at(-1), { type: 'session.resumed', session: 's1', device: 'toy', turnId: 'id-1' });
  const renamed = (device: string) => {
    deviceConnection.send({ type: 'device.attached', device, bufferMs: 600, resumed: true });
    const last = notifications.at(-1);
    assert.ok(last?.type === 'session.resumed' && last.device === device);
  };
  renamed('while attached');
  cut();
  renamed('while detached');
  clock.increment(SESSION_DELAYS_MS.resumeInTurn);
  assert.deepEqual(state(), { turn: 'receiving' }, 'an attached session has no time-out');
});

test('the device and the end of its connection are reported at the end', () => {
  const closed = (lead: (side: ReturnType<typeof gatewaySide>) => void) => {
    const side = gatewaySide();
    const notifications: SessionNotification[] = [];
    side.actor.on('*', (event) => notifications.push(event));
    lead(side);
    return notifications.at(-1);
  };
  const cutOff = closed(({ clock, deviceConnection, hello, turn, final, replying, replied }) => {
    hello();
    turn();
    final();
    replying();
    replied();
    deviceConnection.send({ type: 'device.detached', code: 1_006, reason: 'gone' });
    // The turn is over: the session waits as between turns.
    clock.increment(SESSION_DELAYS_MS.resumeBetweenTurns);
  });
  assert.deepEqual(cutOff, { type: 'session.closed', session: 's1', device: 'toy', code: 1_006, reason: 'gone' });
  const crashed = closed(({ deviceConnection, hello, turn }) => {
    hello();
    turn();
    deviceConnection.crash();
  });
  assert.deepEqual(crashed, {
    type: 'session.closed',
    session: 's1',
    device: 'toy',
    code: 1_011,
    reason: 'internal error',
  });
});

test('captions, partial transcripts, stages and what is said of the end of this turn reach the device connection', () => {
  const { responder, deviceConnection, hello, turn } = gatewaySide();
  hello();
  turn();
  for (const of of [2, 1]) {
    responder.send({ type: 'responder.partial', turn: of, text: 'what' });
    responder.send({ type: 'responder.caption', turn: of, text: 'Noon.', fromMs: 20 });
    responder.send({ type: 'responder.stage', turn: of, stage: 'firstToken', atMs: 5 });
    responder.send({ type: 'responder.hold', turn: of, holdMs: 800, waitFactor: 1.25 });
    responder.send({ type: 'responder.end', turn: of, reason: 'finished' });
  }
  assert.deepEqual(deviceConnection.received.slice(1), [
    { type: 'device.partial', turn: 1, text: 'what' },
    { type: 'device.caption', turn: 1, text: 'Noon.', fromMs: 20 },
    { type: 'device.stage', turn: 1, stage: 'firstToken', atMs: 5 },
    { type: 'device.hold', turn: 1, holdMs: 800 },
    { type: 'device.end', turn: 1, reason: 'finished' },
  ]);
});

test('calls of tools for this turn are reported', () => {
  const { actor, responder, hello, turn } = gatewaySide();
  const notifications: SessionNotification[] = [];
  hello();
  turn();
  actor.on('turn.tool', (event) => notifications.push(event));
  const call = (name: string) => ({ name, input: '{}' });
  responder.send({ type: 'responder.tool', turn: 2, call: call('of another turn') });
  responder.send({ type: 'responder.tool', turn: 1, call: call('set_timer') });
  assert.deepEqual(
    notifications.map((each) => (each.type === 'turn.tool' ? [each.turn, each.call] : [])),
    [[1, call('set_timer')]],
  );
});

test('a report of the playback reaches the responder, also of a turn that is over', () => {
  const { responder, deviceConnection, hello, turn, final, replying, replied } = gatewaySide();
  const played = (of: number) =>
    deviceConnection.send({ type: 'device.playback', turn: of, event: 'aborted', playedMs: 340 });
  hello();
  turn();
  final();
  replying();
  replied();
  played(1);
  turn(2);
  played(1);
  const reports = responder.received.filter(({ type }) => type === 'responder.played');
  assert.deepEqual(reports, Array(2).fill({ type: 'responder.played', turn: 1, event: 'aborted', playedMs: 340 }));
});

test('a gateway that drains asks the device to leave, finishes its turn, and keeps no session of one that is gone', () => {
  const s = gatewaySide();
  s.hello();
  s.turn();
  s.actor.send({ type: 'session.drain', afterMs: 30_000, spreadMs: 10 });
  assert.deepEqual(s.deviceConnection.received.at(-1), { type: 'device.goaway', afterMs: 30_000, spreadMs: 10 });
  s.final();
  s.replying();
  s.replied();
  assert.ok(s.notifications.includes('turn.ended done'));
  assert.equal(s.state(), 'waiting');
  s.cut();
  assert.equal(s.state(), 'closed');
});

test('a session whose device is gone already ends when the gateway drains, with its turn', () => {
  const s = gatewaySide();
  s.hello();
  s.turn();
  s.cut();
  s.actor.send({ type: 'session.drain', afterMs: 30_000, spreadMs: 10 });
  assert.equal(s.state(), 'closed');
  assert.deepEqual(s.notifications.slice(-2), ['turn.ended failed', 'session.closed']);
});
