/**
 * The conversation machine: turns that no person begins, announcements and reminders.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createActor } from 'xstate';
import { conversation } from '../../machines/conversation.ts';
import {
  CONVERSATION_DELAYS_MS,
  type ConversationNotification,
  MAX_RETAINED_ANNOUNCEMENTS,
} from '../../machines/conversation-context.ts';
import { CONVERSATION_CHILDREN } from '../../machines/conversation-setup.ts';
import type { TurnRecord } from '../../machines/turn-record.ts';
import { fakeActors, logicsOf } from '../support/fake-actor.ts';
import { INTERNAL_ERROR, STARTED } from '../support/sample-events.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const PLAYED = { frames: 9, playedMs: 180, outMs: 180, underruns: 0, concealedMs: 0 };
const DRAINED = { ...PLAYED, lateFrames: 0, droppedFrames: 0, delayMs: 0 };

function line({ linkUp = true } = {}) {
  const clock = new SimulatedClock();
  const fakes = fakeActors(CONVERSATION_CHILDREN);
  const actor = createActor(conversation.provide({ actors: logicsOf(CONVERSATION_CHILDREN, fakes) }), { clock });
  const records: TurnRecord[] = [];
  const told: ConversationNotification[] = [];
  actor.on('*', (notification: ConversationNotification) => {
    told.push(notification);
    if (notification.type === 'turn.finished') records.push(notification.record);
  });
  actor.start();
  if (linkUp) fakes.link.send({ type: 'link.up', session: 's' });
  let ids = 0;
  const begun = (trigger: string) => ({ id: `turn-${++ids}`, trigger, startedAtMs: clock.wallNow() });
  return {
    clock,
    fakes,
    records,
    told,
    announce: (announcement = 'dinner') =>
      fakes.announcements.send({ type: 'announcement.due', ...begun('announcement'), announcement }),
    ring: (reminder = 'pasta') =>
      fakes.reminders.send({ type: 'reminder.due', ...begun('reminder'), reminder, text: 'Pasta!', lateMs: 3 }),
    press: () => fakes.trigger.send({ type: 'talk.pressed', ...begun('key') }),
    heard: (turn = 1) => fakes.playback.send({ type: 'playback.started', turn, ...STARTED }),
    played: (turn = 1) => fakes.playback.send({ type: 'playback.drained', turn, ...DRAINED }),
    state() {
      const { value } = actor.getSnapshot();
      return typeof value === 'string' ? value : Object.keys(value)[0];
    },
    rings: () => fakes.reminders.received.filter(({ type }) => type.startsWith('ring.')),
  };
}

const RESTARTING = {
  ...{ type: 'actor.restarting', actor: 'reminders' },
  ...{ crashes: 1, delayMs: 1, error: INTERNAL_ERROR },
} as never;

describe('an announcement', () => {
  test('is a turn without an utterance: idle, receiving, playing, idle', () => {
    const { fakes, announce, heard, played, records, state } = line();
    announce();
    assert.equal(state(), 'receiving');
    assert.deepEqual(fakes.announcements.received.at(-1), { type: 'announcement.begun', announcement: 'dinner' });
    const start = fakes.link.received.at(-1);
    assert.ok(start?.type === 'turn.start');
    assert.deepEqual([start.turn, start.trigger, start.announcement], [1, 'announcement', 'dinner']);
    assert.deepEqual(fakes.capture.types(), [], 'the microphone stays closed');
    assert.deepEqual(fakes.uploader.types().at(-1), 'conversation.busy', 'and there is nothing to store');
    assert.deepEqual(fakes.playback.received, [{ type: 'playback.open', turn: 1 }]);
    fakes.link.send({ type: 'reply.started', turn: 1, text: 'Dinner is ready' });
    heard();
    assert.equal(state(), 'playing');
    played();
    assert.deepEqual(
      records.map(({ states, outcome, announcement, replyText }) => ({ states, outcome, announcement, replyText })),
      [
        {
          states: ['idle', 'receiving', 'playing', 'idle'],
          outcome: 'done',
          announcement: 'dinner',
          replyText: 'Dinner is ready',
        },
      ],
    );
  });

  test('waits while a person speaks, waits or listens, and without a link', () => {
    const { fakes, announce, press, state } = line();
    press();
    announce();
    assert.equal(state(), 'recording');
    fakes.link.send({ type: 'uplink.started', turn: 1, atMs: 0 });
    announce();
    assert.equal(state(), 'streaming');
    fakes.trigger.send({ type: 'talk.released', atMs: 0 });
    announce();
    assert.equal(state(), 'processing');
    fakes.link.send({ type: 'reply.started', turn: 1 });
    announce();
    assert.equal(state(), 'receiving');
    assert.ok(!fakes.announcements.types().includes('announcement.begun'));
    const offline = line({ linkUp: false });
    offline.announce();
    assert.equal(offline.state(), 'idle');
  });

  test('is interrupted by a press, which begins a turn', () => {
    const { fakes, announce, press, heard, records, state } = line();
    announce();
    heard();
    press();
    assert.equal(state(), 'recording');
    assert.equal(records[0]?.outcome, 'barge-in');
    assert.ok(fakes.link.received.some((event) => event.type === 'turn.abort' && event.reason === 'barge-in'));
    assert.ok(fakes.playback.types().includes('playback.abort'));
  });

  test('ends when the gateway has nothing to say any more', () => {
    const { fakes, announce, records, state } = line();
    announce();
    fakes.link.send({ type: 'turn.done', turn: 1, timing: { finalReceivedAtMs: 3 } });
    assert.equal(state(), 'idle');
    assert.equal(records[0]?.outcome, 'unanswered');
    assert.deepEqual(records[0]?.timing, { finalReceivedAtMs: 3 });
    assert.equal(fakes.playback.types().at(-1), 'playback.abort');
  });

  test('whose reply was announced is not ended by turn.done', () => {
    const { fakes, announce, heard, played, records, state } = line();
    announce();
    fakes.link.send({ type: 'reply.started', turn: 1 });
    fakes.link.send({ type: 'turn.done', turn: 1, timing: { finalReceivedAtMs: 3 } });
    fakes.link.send({ type: 'turn.done', turn: 2, timing: { finalReceivedAtMs: 4 } });
    assert.equal(state(), 'receiving');
    heard();
    played();
    assert.deepEqual(records[0]?.timing, { finalReceivedAtMs: 3 }, 'of this turn');
  });

  test('does not wait for ever', () => {
    const { clock, announce, records } = line();
    announce();
    clock.increment(CONVERSATION_DELAYS_MS.replyTimeout);
    assert.equal(records.length, 0);
    clock.increment(CONVERSATION_DELAYS_MS.errorCooldown);
    assert.equal(records[0]?.outcome, 'failed');
  });
});

describe('a reminder', () => {
  test('rings in a turn of the device only, also without a link', () => {
    const { fakes, ring, heard, played, rings, records } = line({ linkUp: false });
    ring();
    assert.deepEqual(rings(), [{ type: 'ring.begin', turn: 1, reminder: 'pasta' }]);
    assert.equal(fakes.uploader.types().at(-1), 'conversation.busy');
    assert.deepEqual(fakes.playback.received, [{ type: 'playback.open', turn: 1 }]);
    heard();
    played();
    assert.deepEqual(rings()[1], { type: 'ring.end', turn: 1, outcome: 'unanswered' });
    assert.ok(!fakes.link.types().includes('turn.start'), 'the gateway is not told');
    const [record] = records;
    assert.deepEqual(record?.states, ['idle', 'receiving', 'playing', 'idle']);
    assert.deepEqual([record?.reminder, record?.replyText], [{ id: 'pasta', lateMs: 3 }, 'Pasta!']);
  });

  test('is stopped by a press, which begins no turn; the next one does', () => {
    for (const isHeard of [false, true]) {
      const { fakes, ring, heard, press, rings, state, records } = line();
      ring();
      if (isHeard) heard();
      press();
      assert.equal(state(), 'idle');
      assert.deepEqual(fakes.playback.received.at(-1), { type: 'playback.abort', turn: 1 });
      assert.deepEqual(rings()[1], { type: 'ring.end', turn: 1, outcome: 'stopped' });
      assert.equal(records[0]?.outcome, 'done');
      press();
      assert.equal(state(), 'recording');
    }
  });

  test('interrupts a reply, from its announcement on, and not a person', () => {
    for (const isHeard of [false, true]) {
      const { fakes, press, ring, heard, played, rings, state, records } = line();
      press();
      for (const next of [
        () => fakes.link.send({ type: 'uplink.started', turn: 1, atMs: 0 }),
        () => fakes.trigger.send({ type: 'talk.released', atMs: 0 }),
        () => fakes.link.send({ type: 'reply.started', turn: 1 }),
      ]) {
        ring();
        assert.deepEqual(rings(), []);
        next();
      }
      if (isHeard) heard();
      const busy = fakes.uploader.types().length;
      ring();
      assert.deepEqual(rings(), [{ type: 'ring.begin', turn: 2, reminder: 'pasta' }]);
      assert.equal(state(), 'receiving');
      assert.equal(records[0]?.outcome, 'barge-in');
      assert.ok(fakes.link.received.some((event) => event.type === 'turn.abort' && event.turn === 1));
      assert.deepEqual(fakes.uploader.types().slice(busy), ['conversation.busy']);
      const playback = fakes.playback.received.map((event) => ('turn' in event ? `${event.type} ${event.turn}` : ''));
      assert.deepEqual(playback.slice(-2), ['playback.abort 1', 'playback.open 2']);
      heard(2);
      played(2);
      assert.deepEqual(records[1]?.states, ['idle', 'receiving', 'playing', 'idle']);
    }
  });

  test('does not interrupt another one', () => {
    for (const isHeard of [false, true]) {
      const { ring, heard, rings } = line();
      ring('pasta');
      if (isHeard) heard();
      ring('eggs');
      assert.equal(rings().length, 1);
    }
  });

  test('rings on when the network fails; one that makes no sound is reported', () => {
    const { fakes, ring, heard, rings, state, clock } = line();
    ring();
    fakes.link.send({ type: 'actor.restarting', actor: 'network', crashes: 1, delayMs: 1, error: INTERNAL_ERROR });
    heard();
    assert.equal(state(), 'playing');
    fakes.playback.send({ type: 'playback.failed', turn: 1, error: INTERNAL_ERROR });
    assert.equal(state(), 'error');
    assert.deepEqual(rings()[1], { type: 'ring.end', turn: 1, outcome: 'failed' });
    clock.increment(CONVERSATION_DELAYS_MS.errorCooldown);
    ring();
    fakes.playback.send({ type: 'playback.drained', turn: 2, ...DRAINED });
    assert.deepEqual(rings().at(-1), { type: 'ring.end', turn: 2, outcome: 'failed' });
  });

  test('ends when its actor fails: nothing plays it any more', () => {
    const { fakes, ring, heard, state } = line();
    ring();
    heard();
    fakes.reminders.send(RESTARTING);
    assert.equal(state(), 'error');
  });

  test('is told to the gateway and to the composition root', () => {
    const { fakes, told } = line();
    fakes.reminders.send({ type: 'reminder.rang', id: 'pasta', outcome: 'stopped', lateMs: 3 });
    assert.equal(fakes.link.received.at(-1)?.type, 'reminder.rang');
    assert.equal(told.at(-1)?.type, 'reminder.rang');
    fakes.reminders.send({ type: 'reminders.failed', error: INTERNAL_ERROR });
    assert.equal(told.at(-1)?.type, 'reminders.failed');
    fakes.link.send({ type: 'settings.changed', settings: { quietHours: { from: '22:00', to: '07:00' } } });
    assert.equal(fakes.announcements.received.at(-1)?.type, 'settings.changed');
    assert.equal(told.at(-1)?.type, 'settings.changed');
  });
});

test('what the gateway says of announcements and reminders reaches their actors, and what they decline reaches it', () => {
  const { fakes, told } = line();
  const offer = { type: 'say.offered', id: 'rain', text: 'Rain', priority: 'normal', endsAtMs: 9 } as const;
  const list = { type: 'reminders.listed', now: 5, uptimeMs: 7, reminders: [] as never[] } as const;
  const declined = { type: 'say.declined', id: 'rain', reason: 'expired' } as const;
  fakes.link.send(offer);
  assert.deepEqual(fakes.announcements.received.at(-1), offer);
  fakes.link.send(list);
  assert.deepEqual(fakes.reminders.received.at(-1), list);
  fakes.announcements.send(declined);
  assert.deepEqual(fakes.link.received.at(-1), declined);
  assert.deepEqual(told.at(-1), declined);
});

describe('an actor that was restarted is told again', () => {
  const restarted = (actor: string) => ({ type: 'actor.restarted', actor }) as never;
  const offer = (id: string) => ({ type: 'say.offered', id, text: id, priority: 'normal', endsAtMs: 600_000 }) as const;
  const LISTED = { type: 'reminders.listed', now: 5, uptimeMs: 7, reminders: [] as never[] } as const;
  const SETTINGS = { type: 'settings.changed', settings: { quietHours: { from: '22:00', to: '07:00' } } } as const;

  test('the announcements: the quiet hours first, and those that wait', () => {
    const { fakes, announce, played, told } = line();
    const { announcements, link } = fakes;
    for (const event of [offer('dinner'), offer('late'), offer('rain'), SETTINGS, offer('post')]) link.send(event);
    announcements.send({ type: 'say.declined', id: 'late', reason: 'expired' });
    announce('dinner');
    played();
    const before = announcements.received.length;
    announcements.send(restarted('announcements'));
    assert.deepEqual(announcements.received.slice(before), [SETTINGS, offer('rain'), offer('post')]);
    assert.equal(told.at(-1)?.type, 'actor.restarted');
  });

  test('of many announcements, the newest', () => {
    const { fakes } = line();
    for (let i = 0; i < 3 * MAX_RETAINED_ANNOUNCEMENTS; i++) fakes.link.send(offer(`${i}`));
    const before = fakes.announcements.received.length;
    fakes.announcements.send(restarted('announcements'));
    const again = fakes.announcements.received.slice(before);
    assert.equal(again.length, MAX_RETAINED_ANNOUNCEMENTS);
    assert.deepEqual(again.at(-1), offer(`${3 * MAX_RETAINED_ANNOUNCEMENTS - 1}`));
  });

  test('the reminders: how the last ring ended, and the list', () => {
    const { fakes, ring } = line();
    const { reminders, link } = fakes;
    link.send(LISTED);
    ring();
    reminders.send(RESTARTING);
    const before = reminders.received.length;
    reminders.send(restarted('reminders'));
    assert.deepEqual(reminders.received.slice(before), [{ type: 'ring.end', turn: 1, outcome: 'failed' }, LISTED]);
  });

  test('nothing that was never said', () => {
    const { fakes } = line();
    for (const name of ['announcements', 'reminders', 'capture'] as const) {
      fakes[name].send(restarted(name));
      assert.deepEqual(fakes[name].received, []);
    }
  });
});

test('one may answer an announcement, not a reminder that has rung to its end', () => {
  for (const begin of ['announce', 'ring'] as const) {
    const device = line();
    device[begin]();
    if (begin === 'announce') device.fakes.link.send({ type: 'reply.started', turn: 1 });
    device.heard();
    device.played();
    const replied = begin === 'announce';
    assert.deepEqual(device.fakes.listening.received.at(-1), {
      ...{ type: 'conversation.entered', state: 'idle', turn: 1, replied },
    });
  }
});
