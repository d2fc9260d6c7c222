/**
 * The conversation machine with test doubles of its actors, on a simulated clock.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActor } from 'xstate';
import { conversation } from '../../machines/conversation.ts';
import { CONVERSATION_DELAYS_MS, type ConversationNotification } from '../../machines/conversation-context.ts';
import { CONVERSATION_CHILDREN } from '../../machines/conversation-setup.ts';
import type { TurnRecord } from '../../machines/turn-record.ts';
import { fakeActors, logicsOf } from '../support/fake-actor.ts';
import { CAPTURED, INTERNAL_ERROR, PLAYED, STARTED } from '../support/sample-events.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { SEVEN_STATES } from '../support/states.ts';

const CAPTURED_FRAMES = { frames: 10, ...CAPTURED };

function line() {
  const clock = new SimulatedClock();
  const fakes = fakeActors(CONVERSATION_CHILDREN);
  const machine = conversation.provide({ actors: logicsOf(CONVERSATION_CHILDREN, fakes) });
  const actor = createActor(machine, { clock });
  const states: string[] = [];
  const records: TurnRecord[] = [];
  actor.on('*', (notification: ConversationNotification) => {
    if (notification.type === 'state.entered') states.push(notification.state);
    if (notification.type === 'turn.finished') records.push(notification.record);
  });
  actor.start();
  let ids = 0;
  const say = {
    up: () => fakes.link.send({ type: 'link.up', session: 's' }),
    press: () =>
      fakes.trigger.send({ type: 'talk.pressed', id: `turn-${++ids}`, trigger: 'key', startedAtMs: clock.wallNow() }),
    release: () => fakes.trigger.send({ type: 'talk.released', atMs: clock.now() }),
    cancel: () => fakes.trigger.send({ type: 'talk.cancelled' }),
    firstPacket: (turn = 1) => fakes.link.send({ type: 'uplink.started', turn, atMs: 0 }),
    captured: (turn = 1, frames = 10) =>
      fakes.capture.send({ type: 'capture.ended', turn, reason: 'stopped', ...CAPTURED_FRAMES, frames }),
    replyStarted: (turn = 1) => fakes.link.send({ type: 'reply.started', turn }),
    heard: (turn = 1) => fakes.playback.send({ type: 'playback.started', turn, ...STARTED }),
    played: (turn = 1) => fakes.playback.send({ type: 'playback.drained', turn, ...PLAYED }),
  };
  /** Brings a new conversation into a state. */
  const lead = {
    idle: () => say.up(),
    recording: () => {
      lead.idle();
      say.press();
    },
    streaming: () => {
      lead.recording();
      say.firstPacket();
    },
    processing: () => {
      lead.streaming();
      say.release();
    },
    receiving: () => {
      lead.processing();
      say.replyStarted();
    },
    playing: () => {
      lead.receiving();
      say.heard();
    },
  };
  const state = () => {
    const { value } = actor.getSnapshot();
    return typeof value === 'string' ? value : Object.keys(value)[0];
  };
  return { actor, clock, fakes, states, records, say, lead, state };
}

const ACTIVE = ['recording', 'streaming', 'processing', 'receiving', 'playing'] as const;

test('a turn passes through the seven states of the specification', () => {
  const { lead, say, states, records, fakes } = line();
  lead.playing();
  say.played();
  assert.deepEqual(states, SEVEN_STATES);
  assert.equal(records.length, 1);
  assert.deepEqual(records[0]?.states, states);
  assert.equal(records[0]?.outcome, 'done');
  assert.deepEqual(fakes.capture.types(), ['capture.start', 'capture.stop']);
});

test('without a link the turn is stored, and a cached reply is played at once', () => {
  const { say, state, records, fakes } = line();
  fakes.link.send({ type: 'link.down', error: INTERNAL_ERROR, retryInMs: 100 });
  say.press();
  assert.equal(state(), 'recording');
  assert.ok(fakes.uploader.types().includes('offline.open'));
  fakes.uploader.send({ type: 'offline.started', turn: 1 });
  assert.equal(state(), 'streaming');
  say.release();
  assert.equal(fakes.uploader.types().at(-1), 'offline.reply');
  assert.ok(!fakes.uploader.types().includes('offline.close'), 'the last packet is still to come');
  assert.deepEqual(fakes.link.received.at(-1), { type: 'turn.abort', turn: 1, reason: 'offline' });
  fakes.uploader.send({ type: 'offline.replying', turn: 1, text: 'later' });
  assert.equal(state(), 'receiving');
  say.heard();
  say.played();
  assert.deepEqual(records[0]?.states, SEVEN_STATES);
  assert.equal(records[0]?.offline, true);
  assert.equal(records[0]?.replyText, 'later');
});

test('a link that is lost during the utterance and returns does not affect the turn', () => {
  const { lead, say, state, fakes } = line();
  lead.streaming();
  fakes.link.send({ type: 'link.down', error: INTERNAL_ERROR, retryInMs: 100 });
  assert.equal(state(), 'streaming');
  say.release();
  assert.equal(state(), 'processing');
  say.up();
  say.replyStarted();
  assert.equal(state(), 'receiving');
  assert.ok(!fakes.uploader.types().includes('offline.reply'));
});

test('after the utterance a lost link is waited for briefly, then a cached reply is played', () => {
  const { lead, clock, fakes } = line();
  lead.processing();
  fakes.link.send({ type: 'link.down', error: INTERNAL_ERROR, retryInMs: 100 });
  clock.increment(CONVERSATION_DELAYS_MS.offlinePatience - 1);
  assert.ok(!fakes.uploader.types().includes('offline.reply'));
  clock.increment(1);
  assert.equal(fakes.uploader.types().at(-1), 'offline.reply');
});

test('a cancelled turn is deleted; a failed one stays stored', () => {
  const cancelled = line();
  cancelled.lead.streaming();
  cancelled.say.cancel();
  assert.ok(
    cancelled.fakes.uploader.received.some((event) => event.type === 'offline.forget' && event.id === 'turn-1'),
  );
  const failed = line();
  failed.lead.streaming();
  failed.fakes.capture.send({ type: 'capture.failed', turn: 1, error: INTERNAL_ERROR });
  assert.ok(!failed.fakes.uploader.types().includes('offline.forget'));
});

test('the uploader is notified of turns, of the link, and of the turns that the cloud has', () => {
  const { lead, say, fakes } = line();
  lead.playing();
  say.played();
  const confirmed = { type: 'turn.stored', id: 'turn-1' } as const;
  fakes.link.send(confirmed);
  const types = fakes.uploader.types().filter((type) => !type.startsWith('offline'));
  assert.deepEqual(types, ['conversation.idle', 'link.up', 'conversation.busy', 'conversation.idle', 'turn.stored']);
});

for (const from of ACTIVE) {
  test(`error is reached from ${from} by every failure, closes the microphone, aborts the turn and leaves to idle`, () => {
    const failures: ((l: ReturnType<typeof line>) => void)[] = [
      ({ fakes }) => fakes.capture.send({ type: 'capture.failed', turn: 1, error: INTERNAL_ERROR }),
      ({ fakes }) => fakes.encoder.send({ type: 'encoder.failed', turn: 1, error: INTERNAL_ERROR }),
      ({ fakes }) => fakes.playback.send({ type: 'playback.failed', turn: 1, error: INTERNAL_ERROR }),
      ({ fakes }) => fakes.link.send({ type: 'turn.refused', turn: 1, error: INTERNAL_ERROR }),
      ({ fakes }) =>
        fakes.playback.send({
          type: 'actor.restarting',
          actor: 'player',
          crashes: 1,
          delayMs: 1,
          error: INTERNAL_ERROR,
        }),
    ];
    for (const fail of failures) {
      const l = line();
      l.lead[from]();
      fail(l);
      assert.equal(l.state(), 'error', fail.toString());
      assert.ok(l.fakes.capture.types().includes('capture.abort'));
      assert.ok(l.fakes.playback.types().includes('playback.abort'));
      assert.deepEqual(l.fakes.link.received.at(-1), { type: 'turn.abort', turn: 1, reason: 'error' });
      l.clock.increment(CONVERSATION_DELAYS_MS.errorCooldown);
      assert.equal(l.state(), 'idle');
      assert.equal(l.records[0]?.outcome, 'failed');
      assert.equal(l.records[0]?.error?.message, 'it broke');
    }
  });

  test(`events of another turn are ignored in ${from}`, () => {
    const { lead, say, state, fakes } = line();
    lead[from]();
    const before = state();
    say.replyStarted(7);
    say.heard(7);
    say.played(7);
    say.captured(7);
    say.firstPacket(7);
    fakes.capture.send({ type: 'capture.failed', turn: 7, error: INTERNAL_ERROR });
    fakes.playback.send({ type: 'playback.failed', turn: 7, error: INTERNAL_ERROR });
    fakes.link.send({ type: 'turn.refused', turn: 7, error: INTERNAL_ERROR });
    assert.equal(state(), before);
  });

  test(`cancelling in ${from} leads to idle and aborts the turn`, () => {
    const { lead, say, state, records, fakes } = line();
    lead[from]();
    say.cancel();
    assert.equal(state(), 'idle');
    assert.equal(records[0]?.outcome, 'cancelled');
    assert.deepEqual(fakes.link.received.at(-1), { type: 'turn.abort', turn: 1, reason: 'cancelled' });
  });
}

const LIMITS = {
  recording: ['microphoneTimeout', 'error'],
  streaming: ['utteranceLimit', 'processing'],
  processing: ['cloudTimeout', 'error'],
  receiving: ['replyTimeout', 'error'],
  playing: ['playbackTimeout', 'error'],
} as const;
for (const [from, [delay, to]] of Object.entries(LIMITS)) {
  test(`${from} is left for ${to} after ${delay}`, () => {
    const { lead, state, clock } = line();
    lead[from as keyof typeof LIMITS]();
    clock.increment(CONVERSATION_DELAYS_MS[delay] - 1);
    assert.equal(state(), from);
    clock.increment(1);
    assert.equal(state(), to);
  });
}

test('an utterance that is too long is ended as a release ends it: nothing is recorded any more', () => {
  const { lead, clock, fakes } = line();
  lead.streaming();
  clock.increment(CONVERSATION_DELAYS_MS.utteranceLimit);
  assert.deepEqual(fakes.capture.types(), ['capture.start', 'capture.stop']);
});

for (const from of ['processing', 'receiving', 'playing'] as const) {
  test(`a press in ${from} is a barge-in: the playback is stopped, the reply aborted, the next turn begins`, () => {
    const { lead, say, state, fakes, records } = line();
    lead[from]();
    say.press();
    assert.equal(state(), 'recording');
    assert.equal(records[0]?.outcome, 'barge-in');
    const told = fakes.link.received.map((event) => [event.type, 'turn' in event && event.turn]);
    const [abort, start] = told.slice(-2);
    assert.deepEqual(abort, ['turn.abort', 1]);
    assert.deepEqual(start, ['turn.start', 2]);
    assert.ok(fakes.playback.received.some((event) => event.type === 'playback.abort' && event.turn === 1));
    say.heard(1);
    assert.equal(state(), 'recording', 'events of the old reply are ignored');
  });
}

test('a press during the utterance ends it', () => {
  const { lead, say, state, fakes } = line();
  lead.streaming();
  say.press();
  assert.equal(state(), 'processing');
  assert.deepEqual(fakes.capture.types(), ['capture.start', 'capture.stop']);
});

test('a release before the first packet still sends the recorded audio', () => {
  const { lead, say, state, states } = line();
  lead.recording();
  say.release();
  assert.equal(state(), 'recording');
  say.captured();
  say.firstPacket();
  assert.equal(state(), 'processing');
  assert.deepEqual(states.slice(-2), ['streaming', 'processing']);
});

test('a release before the first frame ends the turn as no-audio', () => {
  const { lead, say, state, records } = line();
  lead.recording();
  say.release();
  say.captured(1, 0);
  assert.equal(state(), 'idle');
  assert.equal(records[0]?.outcome, 'no-audio');
});

test('a reply that begins during the utterance plays on through the following states', () => {
  const { lead, say, states } = line();
  lead.streaming();
  say.replyStarted();
  say.heard();
  say.release();
  say.played();
  assert.deepEqual(states, SEVEN_STATES);
});

test('a turn that the cloud finishes without a reply is unanswered', () => {
  const { lead, fakes, state, records } = line();
  lead.processing();
  fakes.link.send({ type: 'turn.done', turn: 1 });
  assert.equal(state(), 'idle');
  assert.equal(records[0]?.outcome, 'unanswered');
});

test('an empty reply ends the turn', () => {
  const { lead, say, state } = line();
  lead.receiving();
  say.played();
  assert.equal(state(), 'idle');
});

test('the trigger is notified when the device is idle and connected', () => {
  const { lead, say, fakes } = line();
  assert.deepEqual(fakes.trigger.types(), []);
  lead.playing();
  assert.deepEqual(fakes.trigger.types(), ['trigger.ready']);
  say.played();
  assert.deepEqual(fakes.trigger.types(), ['trigger.ready', 'trigger.ready']);
});

const ENCODED = { frames: 10, packets: 4, bytes: 600, encodeMs: 1, packetFillMs: 20, droppedFrames: 0 };

test('the record of a turn contains the reports of every stage, and nothing of another turn', () => {
  const { lead, say, fakes, records } = line();
  lead.recording();
  fakes.link.send({ type: 'uplink.started', turn: 1, atMs: 11 });
  say.release();
  for (const turn of [1, 9]) {
    const own = turn === 1;
    fakes.capture.send({
      type: 'capture.ended',
      turn,
      reason: 'stopped',
      ...CAPTURED_FRAMES,
      lastSampleAtMs: own ? 12 : 0,
    });
    fakes.encoder.send({ type: 'encoder.finished', turn, ...ENCODED, bytes: own ? 600 : 0 });
    fakes.link.send({ type: 'uplink.finished', turn, atMs: own ? 13 : 0, packets: 4, bytes: 700 });
    fakes.link.send({ type: 'turn.processing', turn, transcript: own ? 'hello' : 'no' });
  }
  fakes.link.send({ type: 'reply.started', turn: 1, text: 'hi' });
  for (const turn of [1, 9]) {
    const own = turn === 1;
    fakes.playback.send({ type: 'playback.started', turn, ...STARTED, atMs: own ? 14 : 0 });
    fakes.link.send({ type: 'turn.done', turn, timing: { finalReceivedAtMs: own ? 15 : 0 } });
    fakes.playback.send({ type: 'playback.drained', turn, ...PLAYED, playedMs: own ? 16 : 0 });
  }
  const [record] = records;
  assert.equal(record?.capture?.lastSampleAtMs, 12);
  assert.equal(record?.encoder?.bytes, 600);
  assert.deepEqual(record?.uplink, { firstSentAtMs: 11, finalSentAtMs: 13, packets: 4, bytes: 700 });
  assert.equal(record?.transcript, 'hello');
  assert.equal(record?.replyText, 'hi');
  assert.equal(record?.playbackStart?.atMs, 14);
  assert.equal(record?.timing?.finalReceivedAtMs, 15);
  assert.equal(record?.playback?.playedMs, 16);
});

for (const from of ['processing', 'receiving', 'playing'] as const) {
  test(`the late final report of the microphone is recorded in ${from}`, () => {
    const { lead, say, fakes, records } = line();
    lead[from]();
    fakes.capture.send({ type: 'capture.ended', turn: 1, reason: 'stopped', ...CAPTURED_FRAMES, captureMs: 42 });
    fakes.capture.send({ type: 'capture.ended', turn: 9, reason: 'stopped', ...CAPTURED_FRAMES, captureMs: 7 });
    say.cancel();
    assert.equal(records[0]?.capture?.captureMs, 42);
  });
}

test('the end of a recording ends the utterance, before or after its first packet', () => {
  const late = line();
  late.lead.streaming();
  late.fakes.capture.send({ type: 'capture.ended', turn: 9, reason: 'end-of-file', ...CAPTURED_FRAMES });
  assert.equal(late.state(), 'streaming');
  late.say.captured();
  assert.equal(late.state(), 'processing');
  late.say.cancel();
  assert.equal(late.records[0]?.capture?.frames, 10);
  const early = line();
  early.lead.recording();
  early.say.captured();
  assert.equal(early.state(), 'recording');
  early.say.firstPacket();
  assert.equal(early.state(), 'processing');
  early.say.cancel();
  assert.equal(early.records[0]?.capture?.frames, 10);
  assert.equal(early.records[0]?.uplink?.firstSentAtMs, 0);
});

test('a release, or a second press, while the microphone still opens ends the utterance at its first packet', () => {
  for (const end of ['release', 'press'] as const) {
    const { lead, say, state, fakes } = line();
    lead.recording();
    say[end]();
    assert.equal(fakes.capture.types().at(-1), 'capture.stop');
    say.firstPacket();
    assert.equal(state(), 'processing', end);
  }
});

test('a turn that ends before its first frame is deleted from cloud and store', () => {
  const { lead, say, fakes } = line();
  lead.recording();
  say.captured(1, 0);
  assert.deepEqual(fakes.link.received.at(-1), { type: 'turn.abort', turn: 1, reason: 'cancelled' });
  assert.ok(fakes.uploader.received.some((event) => event.type === 'offline.forget' && event.id === 'turn-1'));
  assert.equal(fakes.playback.types().at(-1), 'playback.abort');
});

test('the speaker is opened with the turn, and the encoder is notified of an aborted turn', () => {
  const { lead, say, fakes } = line();
  lead.streaming();
  assert.deepEqual(fakes.playback.received.at(-1), { type: 'playback.open', turn: 1 });
  say.cancel();
  assert.deepEqual(fakes.encoder.received, [{ type: 'encoder.abort', turn: 1 }]);
  const failing = line();
  failing.lead.streaming();
  failing.fakes.capture.send({ type: 'capture.failed', turn: 1, error: INTERNAL_ERROR });
  assert.deepEqual(failing.fakes.encoder.received, [{ type: 'encoder.abort', turn: 1 }]);
  assert.ok(failing.fakes.uploader.received.some((event) => event.type === 'offline.close' && event.turn === 1));
  assert.deepEqual(failing.states.slice(-1), ['error']);
  assert.ok(failing.records.length === 0, 'reported when it has recovered');
});

test('a barge-in closes the resources of the old turn', () => {
  for (const from of ['processing', 'receiving', 'playing'] as const) {
    const { lead, say, fakes } = line();
    lead[from]();
    say.press();
    assert.ok(fakes.capture.received.some((event) => event.type === 'capture.abort' && event.turn === 1));
    assert.ok(fakes.uploader.received.some((event) => event.type === 'offline.close' && event.turn === 1));
  }
});

test('each time-out has its own error', () => {
  const codes = {
    recording: 'microphone_timeout',
    processing: 'cloud_timeout',
    receiving: 'reply_timeout',
    playing: 'playback_timeout',
  };
  for (const [from, code] of Object.entries(codes)) {
    const { lead, clock, records } = line();
    lead[from as keyof typeof codes]();
    clock.increment(CONVERSATION_DELAYS_MS[LIMITS[from as keyof typeof codes][0]]);
    clock.increment(CONVERSATION_DELAYS_MS.errorCooldown);
    assert.equal(records[0]?.error?.code, code);
  }
});

test('playback events are sent to the cloud', () => {
  const { lead, say, fakes } = line();
  lead.playing();
  const told = () => fakes.link.received.filter((event) => event.type === 'turn.playback');
  assert.deepEqual(told(), [{ type: 'turn.playback', turn: 1, event: 'started', playedMs: 0 }]);
  fakes.playback.send({ type: 'playback.underrun', turn: 9 });
  assert.equal(told().length, 1);
  fakes.playback.send({ type: 'playback.underrun', turn: 1 });
  assert.deepEqual(told().at(-1), { type: 'turn.playback', turn: 1, event: 'underrun', playedMs: 0 });
  assert.equal(told().length, 2);
  say.played();
  const figures = { playedMs: 200, underruns: 0, concealedMs: 0 };
  assert.deepEqual(told().at(-1), { type: 'turn.playback', turn: 1, event: 'drained', ...figures });
  fakes.playback.send({ type: 'playback.aborted', turn: 1, ...PLAYED });
  assert.deepEqual(told().at(-1), { type: 'turn.playback', turn: 1, event: 'aborted', ...figures });
});

test('the network latency is sent to the player, and recorded', () => {
  const { lead, say, fakes, records } = line();
  lead.streaming();
  fakes.link.send({ type: 'link.roundTrip', roundTripMs: 123 });
  assert.deepEqual(fakes.playback.received.at(-1), { type: 'playback.latency', roundTripMs: 123 });
  say.cancel();
  assert.equal(records[0]?.roundTripMs, 123);
});

test('notifications that concern no machine are forwarded to the composition root', () => {
  const { actor, fakes } = line();
  const notifications: ConversationNotification[] = [];
  actor.on('*', (event) => notifications.push(event));
  const restarting = {
    type: 'actor.restarting',
    actor: 'offline',
    crashes: 1,
    delayMs: 1,
    error: INTERNAL_ERROR,
  } as const;
  const passed: ConversationNotification[] = [
    { type: 'link.quality', quality: 'poor', roundTripMs: 1, backlogMs: 1 },
    { type: 'link.pairing', code: '123456', expiresAtMs: 1 },
    { type: 'settings.changed', settings: { volumePercent: 5 } },
    { type: 'control.received', action: 'mute' },
    { type: 'turn.stored', id: 'x' },
    { type: 'turn.delivered', id: 'x' },
    { type: 'offline.pending', turns: 2 },
    { type: 'offline.dropped', id: 'x' },
    { type: 'offline.refused', id: 'x', error: INTERNAL_ERROR },
    { type: 'offline.damaged', id: 'x', damagedBytes: 1, deliverable: true },
    { type: 'offline.failed', error: INTERNAL_ERROR },
    restarting,
    { type: 'actor.restarted', actor: 'offline' },
    { type: 'encoder.overflow', turn: 1, droppedFrames: 1 },
    { type: 'player.overflow', turn: 1, droppedFrames: 1 },
    { type: 'capture.clipping', turn: 1, runs: 5 },
    { type: 'capture.silence', turn: 1, silentMs: 2_000 },
  ];
  for (const event of passed) fakes.link.send(event as never);
  assert.deepEqual(notifications, passed);
  const failed = { type: 'delivery.failed', id: 'x', error: INTERNAL_ERROR, retryable: true } as const;
  fakes.link.send(failed);
  assert.deepEqual(fakes.uploader.received.at(-1), failed);
});

test('turn latencies, device metrics and the mute go to the link', () => {
  const { actor, fakes } = line();
  actor.send({ type: 'turn.latencies', id: 'x', latencyMs: { total: 100 } });
  assert.deepEqual(fakes.link.received.at(-1), { type: 'turn.latencies', id: 'x', latencyMs: { total: 100 } });
  actor.send({ type: 'device.metrics', metrics: { cpuPercent: 3 } });
  assert.deepEqual(fakes.link.received.at(-1), { type: 'device.metrics', metrics: { cpuPercent: 3 } });
  actor.send({ type: 'device.mute', muted: true });
  assert.deepEqual(fakes.link.received.at(-1), { type: 'device.mute', muted: true });
});

test('a crash of an actor that the turn needs is also a notification; crashes of trigger and store do not end the turn', () => {
  const { actor, lead, fakes, state } = line();
  const notifications: string[] = [];
  actor.on('*', (event: ConversationNotification) => notifications.push(event.type));
  lead.streaming();
  const crash = (name: string) =>
    ({ type: 'actor.restarting', actor: name, crashes: 1, delayMs: 1, error: INTERNAL_ERROR }) as never;
  for (const name of ['trigger', 'offline']) fakes.capture.send(crash(name));
  assert.equal(state(), 'streaming');
  fakes.capture.send(crash('capture'));
  assert.equal(state(), 'error');
  assert.equal(notifications.filter((type) => type === 'actor.restarting').length, 3);
});

test('closing the conversation closes the connection', () => {
  const { actor, fakes } = line();
  actor.send({ type: 'conversation.close' });
  assert.deepEqual(fakes.link.received.at(-1), { type: 'link.close' });
});

test('a change of the link during a turn is known in the next', () => {
  const { lead, say, fakes, records, clock } = line();
  fakes.link.send({ type: 'link.down', error: INTERNAL_ERROR, retryInMs: 1 });
  assert.deepEqual(fakes.trigger.types(), ['trigger.ready'], 'it is known now whether there is a link');
  lead.recording();
  say.up();
  say.firstPacket();
  fakes.link.send({ type: 'link.down', error: INTERNAL_ERROR, retryInMs: 1 });
  say.release();
  assert.ok(
    !fakes.uploader.types().includes('offline.reply'),
    'there was a link in this turn: the conversation waits for it',
  );
  say.up();
  clock.increment(CONVERSATION_DELAYS_MS.offlinePatience);
  assert.ok(!fakes.uploader.types().includes('offline.reply'), 'and it returned');
  fakes.link.send({ type: 'link.down', error: INTERNAL_ERROR, retryInMs: 1 });
  clock.increment(CONVERSATION_DELAYS_MS.offlinePatience - 1);
  fakes.uploader.send({ type: 'offline.replying', turn: 9, text: 'no' });
  clock.increment(1);
  assert.equal(fakes.uploader.types().at(-1), 'offline.reply');
  fakes.uploader.send({ type: 'offline.replying', turn: 1, text: 'yes' });
  say.heard();
  say.played();
  assert.equal(records[0]?.replyText, 'yes');
});

test('a turn that ends without a reply stops the playback, and the last report of the cloud is recorded', () => {
  const { lead, fakes, records } = line();
  lead.processing();
  fakes.link.send({ type: 'turn.done', turn: 1, timing: { finalReceivedAtMs: 3 } });
  assert.deepEqual(fakes.playback.received.at(-1), { type: 'playback.abort', turn: 1 });
  assert.equal(records[0]?.timing?.finalReceivedAtMs, 3);
});

test('a link that comes up during the utterance is used', () => {
  const { say, state, fakes } = line();
  fakes.link.send({ type: 'link.down', error: INTERNAL_ERROR, retryInMs: 1 });
  say.press();
  say.up();
  say.firstPacket();
  say.release();
  assert.equal(state(), 'processing');
  assert.ok(!fakes.uploader.types().includes('offline.reply'), 'the cloud is asked');
});

test('captions and partial transcripts of this turn are passed on; the captions are the text of the reply', () => {
  const { say, actor, records, fakes, lead } = line();
  const shown: ConversationNotification[] = [];
  actor.on('turn.partial', (event) => shown.push(event));
  actor.on('reply.text', (event) => shown.push(event));
  lead.playing();
  fakes.link.send({ type: 'turn.partial', turn: 2, text: 'not mine' });
  fakes.link.send({ type: 'turn.partial', turn: 1, text: 'what ti' });
  fakes.link.send({ type: 'reply.text', turn: 2, text: 'Not mine.', fromMs: 0 });
  fakes.link.send({ type: 'reply.text', turn: 1, text: 'Hello.', fromMs: 0 });
  fakes.link.send({ type: 'reply.text', turn: 1, text: 'It is noon.', fromMs: 700 });
  say.played();
  assert.deepEqual(
    shown.map((event) => 'text' in event && event.text),
    ['what ti', 'Hello.', 'It is noon.'],
  );
  assert.equal(records[0]?.replyText, 'Hello. It is noon.');
});

test('that something was understood is passed on, of this turn only', () => {
  const { actor, fakes, lead, say, records } = line();
  const shown: ConversationNotification[] = [];
  actor.on('turn.processing', (event) => shown.push(event));
  lead.processing();
  for (const turn of [2, 1]) fakes.link.send({ type: 'turn.processing', turn, transcript: `of turn ${turn}` });
  assert.deepEqual(
    shown.map((event) => 'transcript' in event && event.transcript),
    ['of turn 1'],
  );
  say.cancel();
  assert.equal(records[0]?.transcript, 'of turn 1');
});

test('the listening machine is told each state, and whether a reply was played to its end', () => {
  const { lead, say, fakes } = line();
  lead.playing();
  say.played();
  const entered = fakes.listening.received.filter(({ type }) => type === 'conversation.entered');
  assert.deepEqual(
    entered.map((event) => event.type === 'conversation.entered' && event.state),
    SEVEN_STATES,
  );
  assert.deepEqual(
    entered.map((event) => event.type === 'conversation.entered' && event.replied),
    [...Array(6).fill(false), true],
  );
  say.press();
  say.cancel();
  const last = fakes.listening.received.at(-1);
  assert.deepEqual(last, { type: 'conversation.entered', state: 'idle', turn: 2, replied: false });
});

test('a reply that asks the person something: it is told when it was played to its end, and not of another turn', () => {
  for (const [of, played] of [
    [1, true],
    [2, true],
    [1, false],
  ] as const) {
    const { lead, say, fakes, actor, records } = line();
    const awaited: ConversationNotification[] = [];
    actor.on('answer.awaited', (event) => awaited.push(event));
    lead.playing();
    fakes.link.send({ type: 'turn.done', turn: of, asks: true });
    if (played) say.played();
    else say.cancel();
    const asks = of === 1 && played;
    assert.deepEqual(awaited, asks ? [{ type: 'answer.awaited', turn: 1 }] : []);
    assert.equal(records[0]?.asks, of === 1 ? true : undefined);
    assert.deepEqual(fakes.listening.received.at(-1), {
      ...{ type: 'conversation.entered', state: 'idle', turn: 1, replied: played },
      ...(asks && { asks }),
    });
    // The next reply asks nothing.
    lead.playing();
    say.played();
    assert.equal(awaited.length, asks ? 1 : 0);
  }
});

test('speech does not end the utterance that is recorded already; a key does', () => {
  for (const state of ['recording', 'streaming'] as const) {
    for (const trigger of ['voice', 'wake', 'follow-up']) {
      const { lead, say, fakes, state: now } = line();
      lead[state]();
      fakes.listening.send({ type: 'talk.pressed', id: 'other', trigger, startedAtMs: 0 });
      assert.equal(now(), state);
      assert.ok(!fakes.capture.types().includes('capture.stop'), `${trigger} in ${state}`);
      say.press();
      assert.ok(fakes.capture.types().includes('capture.stop'));
    }
  }
});

test('speech begins a turn, its end ends it, and speech over a reply interrupts it', () => {
  const { actor, lead, say, fakes, state, records } = line();
  say.up();
  fakes.listening.send({ type: 'talk.pressed', id: 'a', trigger: 'voice', startedAtMs: 0, patience: 'quick' });
  assert.deepEqual(
    fakes.link.received.findLast(({ type }) => type === 'turn.start'),
    {
      ...{ type: 'turn.start', turn: 1, id: 'a', trigger: 'voice', startedAtMs: 0, patience: 'quick' },
    },
  );
  say.firstPacket();
  fakes.listening.send({ type: 'talk.released', atMs: 0 });
  assert.equal(state(), 'processing');
  say.replyStarted();
  say.heard();
  fakes.listening.send({ type: 'reply.pause', turn: 1 });
  assert.deepEqual(fakes.playback.received.at(-1), { type: 'playback.pause', turn: 1 });
  fakes.listening.send({ type: 'reply.resume', turn: 1 });
  assert.deepEqual(fakes.playback.received.at(-1), { type: 'playback.resume', turn: 1 });
  assert.equal(state(), 'playing', 'the seven states do not know of it');
  fakes.listening.send({ type: 'talk.pressed', id: 'b', trigger: 'voice', startedAtMs: 0 });
  assert.equal(state(), 'recording');
  assert.equal(records[0]?.outcome, 'barge-in');
  fakes.listening.send({ type: 'talk.cancelled' });
  assert.equal(state(), 'idle');
  assert.equal(records[1]?.outcome, 'cancelled');
  lead.idle();
  actor.stop();
});

test('what is for the listening machine reaches it, and what it reports reaches the daemon', () => {
  const { actor, fakes } = line();
  const notified: string[] = [];
  actor.on('*', ({ type }) => notified.push(type));
  const settings = { mode: 'voice', followUpMs: 0, answerMs: 0, patience: 'normal', interruption: 'on' } as const;
  actor.send({ type: 'listening.configure', settings });
  actor.send({ type: 'listening.mute', muted: true });
  fakes.link.send({ type: 'listen.hold', turn: 1, holdMs: 500 });
  fakes.link.send({ type: 'listen.end', turn: 1, reason: 'no-speech' });
  assert.deepEqual(fakes.listening.received.slice(-4), [
    { type: 'listening.configure', settings },
    { type: 'listening.mute', muted: true },
    { type: 'listen.hold', turn: 1, holdMs: 500 },
    { type: 'listen.end', turn: 1, reason: 'no-speech' },
  ]);
  // The gateway waits in a pause.
  assert.deepEqual(fakes.encoder.received, [{ type: 'encoder.hasten', turn: 1, forMs: 500 }]);
  fakes.listening.send({ type: 'microphone.changed', state: 'waiting' });
  fakes.listening.send({ type: 'attention.changed', attention: 'speech' });
  fakes.listening.send({ type: 'listener.failed', error: INTERNAL_ERROR });
  fakes.listening.send({ type: 'listener.lost', device: 'x' });
  fakes.listening.send({ type: 'listener.recovered', device: 'x', missingMs: 1 });
  fakes.listening.send({ type: 'listener.ended' });
  fakes.listening.send({ type: 'echo.changed', converged: true, erleDb: 20 });
  assert.deepEqual(notified, [
    'microphone.changed',
    'attention.changed',
    'listener.failed',
    'listener.lost',
    'listener.recovered',
    'listener.ended',
    'echo.changed',
  ]);
});
