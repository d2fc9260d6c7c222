/**
 * The listening machine with a double of the listener, on a simulated clock: when the microphone is open, what is looked for, what begins
 * and ends a turn, and what the person is told.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { machineLogic } from '../../machines/adapter/contract-logic.ts';
import { listening } from '../../machines/listening.ts';
import { LISTENING_DELAYS_MS } from '../../machines/listening-setup.ts';
import {
  type Attention,
  type ListeningContract,
  type ListenSettings,
  listenerContract,
  PUSH_TO_TALK,
} from '../../src/core/contracts/index.ts';
import { fakeActor } from '../support/fake-actor.ts';
import { fakeParent } from '../support/fake-parent.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const ERROR = { code: 'device_lost', message: 'unplugged', hint: '' } as const;
const SPEECH = { id: 'id', trigger: 'voice', startedAtMs: 7, atMs: 5 } as const;
const FOLLOW_UP_MS = 8_000;

function microphone(settings: Partial<ListenSettings> = {}) {
  const clock = new SimulatedClock();
  const listener = fakeActor(listenerContract);
  const parent = fakeParent<ListeningContract>(
    machineLogic(listening.provide({ actors: { listener: listener.logic } })),
    clock,
  );
  const told = () =>
    parent.received.flatMap((event) => (event.type === 'microphone.changed' ? [event.state] : [])).at(-1) ?? 'closed';
  /** What the conversation is told of what is looked for. */
  const toldAttention = () =>
    parent.received.flatMap((event) => (event.type === 'attention.changed' ? [event.attention] : [])).at(-1) ??
    'nothing';
  /** What was sent to the conversation since the last call, without what the person is told. */
  let read = 0;
  const sent = () => {
    const events = parent.received
      .slice(read)
      .filter(({ type }) => type !== 'microphone.changed' && type !== 'attention.changed');
    read = parent.received.length;
    return events;
  };
  const attention = () =>
    listener.received.flatMap((event) => (event.type === 'listener.attend' ? [event] : [])).at(-1)?.to;
  const say = {
    configure: (change: Partial<ListenSettings>) =>
      parent.send({ type: 'listening.configure', settings: { ...PUSH_TO_TALK, ...change } }),
    mute: (muted: boolean) => parent.send({ type: 'listening.mute', muted }),
    conversation: (state: string, { turn = 1, replied = false, asks = false } = {}) =>
      parent.send({ type: 'conversation.entered', state, turn, replied, ...(asks && { asks }) }),
    end: (reason: 'finished' | 'no-speech' | 'elsewhere', turn = 1) =>
      parent.send({ type: 'listen.end', turn, reason }),
    hold: (turn = 1) => parent.send({ type: 'listen.hold', turn, holdMs: 900 }),
    opened: () => listener.send({ type: 'listener.opened', device: 'x' }),
    failed: () => listener.send({ type: 'listener.failed', error: ERROR }),
    lost: () => listener.send({ type: 'listener.lost', device: 'x' }),
    recovered: () => listener.send({ type: 'listener.recovered', device: 'x', missingMs: 1 }),
    ended: () => listener.send({ type: 'listener.ended' }),
    muted: (muted = true) => listener.send({ type: 'listener.muted', muted }),
    wake: () => listener.send({ ...SPEECH, type: 'wake.heard', trigger: 'wake', word: 'w', score: 1, levelDb: 0 }),
    speech: () => listener.send({ ...SPEECH, type: 'speech.started' }),
    silence: () => listener.send({ type: 'speech.ended', atMs: 9, waitedMs: 500 }),
    suspected: () => listener.send({ type: 'interruption.suspected', atMs: 3 }),
    confirmed: () => listener.send({ ...SPEECH, type: 'interruption.confirmed' }),
    dismissed: () => listener.send({ type: 'interruption.dismissed', atMs: 4 }),
    converged: (converged = true) => listener.send({ type: 'echo.changed', converged, erleDb: 20 }),
    restarting: () =>
      listener.send({ type: 'actor.restarting', actor: 'listener', crashes: 1, delayMs: 1, error: ERROR } as never),
    restarted: () => listener.send({ type: 'actor.restarted', actor: 'listener' } as never),
  };
  if (settings.mode !== undefined) say.configure(settings);
  const state = () => {
    const value = parent.state();
    return typeof value === 'string' ? value : (Object.keys(value as object)[0] ?? '');
  };
  return { ...say, clock, listener, parent, told, toldAttention, sent, attention, state, substate: parent.state };
}
type Line = ReturnType<typeof microphone>;

function waiting(settings: Partial<ListenSettings> = {}): Line {
  const line = microphone({ mode: 'voice', ...settings });
  line.opened();
  line.sent();
  return line;
}

function pressed(trigger: string, patience = 'normal') {
  return { type: 'talk.pressed', id: 'id', trigger, startedAtMs: 7, patience };
}

/** Brings a new line into each state that the person can be in. */
const STATES: Record<string, (settings?: Partial<ListenSettings>) => Line> = {
  off: () => microphone({ mode: 'push' }),
  opening: (settings) => microphone({ mode: 'voice', ...settings }),
  failed(settings) {
    const line = microphone({ mode: 'voice', ...settings });
    line.failed();
    return line;
  },
  waiting,
  triggered(settings) {
    const line = waiting(settings);
    line.speech();
    return line;
  },
  hearing(settings) {
    const line = waiting(settings);
    line.speech();
    line.conversation('recording');
    return line;
  },
  goingOn(settings) {
    const line = waiting(settings);
    line.speech();
    line.conversation('recording');
    line.silence();
    line.conversation('processing');
    return line;
  },
  quiet(settings) {
    const line = waiting(settings);
    line.conversation('processing');
    return line;
  },
  interruptible(settings) {
    const line = waiting({ interruption: 'on', ...settings });
    line.conversation('playing');
    return line;
  },
  interrupting(settings) {
    const line = waiting({ interruption: 'on', ...settings });
    line.conversation('playing');
    line.suspected();
    return line;
  },
  followingUp() {
    const line = waiting({ mode: 'wake', followUpMs: FOLLOW_UP_MS });
    line.conversation('idle', { replied: true });
    return line;
  },
  muted(settings) {
    const line = waiting(settings);
    line.mute(true);
    line.muted();
    return line;
  },
};

const LOOKED_FOR: Record<string, Attention> = {
  ...{ waiting: 'speech', triggered: 'speech', goingOn: 'speech', followingUp: 'speech', hearing: 'end' },
  ...{ interruptible: 'interruption', interrupting: 'interruption' },
};

for (const [state, enter] of Object.entries(STATES)) {
  test(`${state}: what the listener looks for is told`, () => {
    const line = enter();
    assert.equal(line.toldAttention(), LOOKED_FOR[state] ?? 'nothing');
    line.listener.send({ type: 'actor.restarting', actor: 'listener', crashes: 1, delayMs: 1, error: ERROR } as never);
    assert.equal(line.toldAttention(), 'nothing', 'a listener that has crashed looks for nothing');
  });
}

test('wake: the wake word is looked for, in a reply too', () => {
  const line = waiting({ mode: 'wake' });
  assert.equal(line.toldAttention(), 'wake');
  line.conversation('processing');
  assert.equal(line.toldAttention(), 'wake');
  assert.equal(line.told(), 'waiting');
});

test('push to talk: nothing is opened, and the person is told when a turn is recorded', () => {
  for (const line of [microphone(), microphone({ mode: 'push' })]) {
    for (const state of ['recording', 'streaming']) {
      line.conversation(state);
      assert.equal(line.told(), 'recording');
    }
    for (const state of ['processing', 'receiving', 'playing', 'idle']) {
      line.conversation(state, { replied: true });
      assert.equal(line.told(), 'closed', state);
    }
    line.clock.increment(LISTENING_DELAYS_MS.openTimeout);
    assert.equal(line.told(), 'closed');
    assert.deepEqual(line.listener.received, [], 'the listener gets no event');
    assert.deepEqual(line.sent(), []);
  }
});

test('voice: speech begins a turn, silence ends the utterance, and then it waits again', () => {
  const line = microphone({ mode: 'voice', patience: 'patient' });
  assert.deepEqual(line.listener.received, [{ type: 'listener.open' }]);
  assert.equal(line.told(), 'closed');
  line.opened();
  assert.equal(line.told(), 'waiting');
  assert.deepEqual(line.listener.received.at(-1), { type: 'listener.attend', to: 'speech', patience: 'patient' });
  line.wake();
  assert.deepEqual(line.sent(), [], 'no wake word is needed');
  line.speech();
  assert.deepEqual(line.sent(), [pressed('voice', 'patient')]);
  assert.equal(line.state(), 'triggered');
  line.speech();
  assert.deepEqual(line.sent(), [], 'a turn begins once');
  line.conversation('recording');
  assert.equal(line.told(), 'recording');
  assert.deepEqual(line.listener.received.at(-1), { type: 'listener.attend', to: 'end', patience: 'patient' });
  const attended = line.listener.received.length;
  line.conversation('streaming');
  assert.equal(line.listener.received.length, attended, 'the end of the speech is looked for without a break');
  line.silence();
  assert.deepEqual(line.sent(), [{ type: 'talk.released', atMs: 9 }]);
  line.silence();
  assert.deepEqual(line.sent(), [], 'an utterance ends once');
  line.conversation('processing');
  assert.equal(line.told(), 'waiting');
  assert.equal(line.attention(), 'speech', 'the pause may not have been the end');
  line.conversation('playing');
  assert.equal(line.told(), 'paused');
  assert.equal(line.attention(), 'nothing');
  line.conversation('idle', { replied: true });
  assert.equal(line.told(), 'waiting');
  assert.equal(line.attention(), 'speech');
  assert.equal(line.listener.received.filter(({ type }) => type === 'listener.open').length, 1);
});

test('a trigger that begins no turn: it waits again', () => {
  const line = STATES.triggered?.() as Line;
  line.clock.increment(LISTENING_DELAYS_MS.triggerTimeout - 1);
  assert.equal(line.state(), 'triggered');
  line.clock.increment(1);
  assert.equal(line.state(), 'waiting');
});

test('a reply that comes during a trigger: it is not listened to, that is told, and then it waits again', () => {
  for (const state of ['processing', 'receiving', 'playing']) {
    const line = STATES.triggered?.() as Line;
    line.conversation(state);
    assert.equal(line.told(), 'paused', state);
    assert.equal(line.attention(), 'nothing');
    line.conversation('idle', { replied: true });
    assert.equal(line.told(), 'waiting');
    assert.equal(line.attention(), 'speech');
  }
});

const PRESSED_BY_WAKE_WORD = {
  ...pressed('wake'),
  wake: { word: 'w', score: 1, levelDb: 0, atMs: SPEECH.atMs },
};

describe('wake word', () => {
  test('only the wake word begins a turn, and silence after it ends it as nothing', () => {
    const line = waiting({ mode: 'wake' });
    assert.equal(line.attention(), 'wake');
    line.speech();
    assert.deepEqual(line.sent(), []);
    line.wake();
    assert.deepEqual(line.sent(), [PRESSED_BY_WAKE_WORD]);
    assert.equal(line.state(), 'triggered');
    line.conversation('recording');
    line.conversation('streaming');
    assert.deepEqual(line.substate(), { hearing: 'silent' });
    line.clock.increment(LISTENING_DELAYS_MS.noSpeechLimit - 1);
    assert.deepEqual(line.sent(), []);
    line.clock.increment(1);
    assert.deepEqual(line.sent(), [{ type: 'talk.cancelled' }]);
    line.speech();
    line.silence();
    assert.deepEqual(line.sent(), [], 'too late');
    line.conversation('idle');
    assert.equal(line.told(), 'waiting');
    line.wake();
    line.conversation('recording');
    line.speech();
    line.clock.increment(LISTENING_DELAYS_MS.noSpeechLimit);
    assert.deepEqual(line.sent(), [PRESSED_BY_WAKE_WORD], 'speech is limited by the conversation only');
    line.lost();
    line.recovered();
    assert.deepEqual(line.substate(), { hearing: 'speaking' });
    line.sent();
    line.silence();
    assert.deepEqual(line.sent(), [{ type: 'talk.released', atMs: 9 }]);
  });

  test('a key begins a turn that waits for its speech', () => {
    const line = waiting({ mode: 'wake' });
    line.conversation('recording');
    assert.equal(line.attention(), 'end');
    line.clock.increment(LISTENING_DELAYS_MS.noSpeechLimit);
    assert.deepEqual(line.sent(), []);
    line.silence();
    assert.deepEqual(line.sent(), [{ type: 'talk.released', atMs: 9 }]);
  });

  test('what is said after a wake word that began no turn is not awaited in the next one', () => {
    const line = waiting({ mode: 'wake' });
    line.wake();
    line.conversation('idle');
    line.conversation('recording', { turn: 2 });
    assert.deepEqual(line.substate(), { hearing: 'speaking' });
  });

  test('it interrupts a reply, and the work before it; not where interruptions are off', () => {
    for (const state of ['processing', 'receiving', 'playing']) {
      const line = waiting({ mode: 'wake' });
      line.conversation(state);
      assert.equal(line.attention(), 'wake');
      assert.equal(line.told(), 'waiting');
      line.suspected();
      line.confirmed();
      assert.deepEqual(line.sent(), [], 'speech does not');
      line.wake();
      assert.deepEqual(line.sent(), [PRESSED_BY_WAKE_WORD]);
      assert.equal(line.state(), 'triggered');
      const off = waiting({ mode: 'wake', interruption: 'off' });
      off.conversation(state);
      assert.equal(off.attention(), 'nothing');
      off.wake();
      assert.deepEqual(off.sent(), []);
    }
    const line = waiting({ mode: 'wake' });
    line.conversation('error');
    assert.equal(line.attention(), 'nothing');
  });
});

describe('the gateway about the end of an utterance', () => {
  test('it holds, ends, or knows that nobody spoke; of this turn only', () => {
    const line = STATES.hearing?.() as Line;
    line.sent();
    line.hold(9);
    line.end('finished', 9);
    line.end('no-speech', 9);
    assert.ok(!line.listener.types().includes('listener.hold'));
    assert.deepEqual(line.sent(), []);
    line.hold();
    assert.deepEqual(line.listener.received.at(-1), { type: 'listener.hold', holdMs: 900 });
    line.end('finished');
    assert.equal(line.sent()[0]?.type, 'talk.released');
    line.end('finished');
    assert.deepEqual(line.sent(), []);
    line.end('no-speech');
    assert.deepEqual(line.sent(), [{ type: 'talk.cancelled' }]);
    assert.equal(line.listener.types().at(-1), 'listener.refuse');
    const silent = STATES.hearing?.() as Line;
    silent.sent();
    silent.end('no-speech');
    assert.deepEqual(silent.sent(), [{ type: 'talk.cancelled' }]);
    assert.equal(silent.listener.types().at(-1), 'listener.refuse');
    silent.silence();
    assert.deepEqual(silent.sent(), []);
  });

  test('that another device answers to the wake word: the turn is cancelled', () => {
    const line = waiting({ mode: 'wake' });
    line.sent();
    line.wake();
    const pressed = line.sent()[0];
    assert.ok(pressed?.type === 'talk.pressed');
    assert.deepEqual(pressed.wake, { word: 'w', score: 1, levelDb: 0, atMs: SPEECH.atMs });
    line.conversation('recording');
    line.sent();
    line.end('elsewhere', 9);
    assert.deepEqual(line.sent(), []);
    line.end('elsewhere');
    assert.deepEqual(line.sent(), [{ type: 'talk.cancelled' }]);
    assert.ok(!line.listener.types().includes('listener.refuse'), 'somebody has spoken');
    line.conversation('idle');
    assert.equal(line.attention(), 'wake');
  });

  test('that nobody spoke, it may say after the end', () => {
    for (const state of ['goingOn', 'quiet', 'interruptible'] as const) {
      const line = STATES[state]?.() as Line;
      line.sent();
      line.end('finished');
      line.end('no-speech', 9);
      assert.deepEqual(line.sent(), []);
      assert.ok(!line.listener.types().includes('listener.refuse'));
      line.end('no-speech');
      assert.deepEqual(line.sent(), [{ type: 'talk.cancelled' }], state);
      assert.equal(line.listener.types().at(-1), 'listener.refuse');
    }
  });
});

describe('a pause that was taken for the end', () => {
  test('for a second, and until the reply is heard, speech begins the next turn', () => {
    for (const end of ['silence', 'gateway'] as const) {
      const line = STATES.hearing?.() as Line;
      if (end === 'silence') line.silence();
      else line.end('finished');
      line.conversation('processing');
      line.sent();
      assert.equal(line.state(), 'goingOn', end);
      line.clock.increment(LISTENING_DELAYS_MS.goOnLimit - 1);
      line.speech();
      assert.deepEqual(line.sent(), [pressed('voice')]);
      assert.equal(line.state(), 'triggered');
    }
    const late = STATES.goingOn?.() as Line;
    late.sent();
    late.clock.increment(LISTENING_DELAYS_MS.goOnLimit);
    assert.equal(late.told(), 'paused');
    late.speech();
    late.conversation('receiving');
    late.speech();
    assert.deepEqual(late.sent(), []);
    const heard = STATES.goingOn?.() as Line;
    heard.sent();
    heard.conversation('receiving');
    assert.equal(heard.state(), 'goingOn', 'nothing is played yet');
    heard.conversation('playing');
    heard.speech();
    assert.equal(heard.told(), 'paused');
    assert.deepEqual(heard.sent(), []);
  });

  test('not what a key has ended, not in other modes, and not where interruptions are off', () => {
    const pressedLine = STATES.hearing?.() as Line;
    pressedLine.conversation('processing');
    assert.equal(pressedLine.told(), 'paused');
    assert.equal(STATES.goingOn?.({ interruption: 'off' }).told(), 'paused');
    const wake = waiting({ mode: 'wake' });
    wake.wake();
    wake.conversation('recording');
    wake.speech();
    wake.silence();
    wake.conversation('processing');
    assert.equal(wake.attention(), 'wake');
    const next = STATES.goingOn?.() as Line;
    next.conversation('idle');
    next.conversation('processing', { turn: 2 });
    assert.equal(next.told(), 'paused', 'of the turn before');
  });
});

describe('interruption of a reply', () => {
  test('it is paused at once, and aborted by the next turn', () => {
    const line = STATES.interruptible?.() as Line;
    assert.equal(line.attention(), 'interruption');
    assert.equal(line.told(), 'waiting');
    line.suspected();
    assert.deepEqual(line.sent(), [{ type: 'reply.pause', turn: 1 }]);
    assert.equal(line.state(), 'interrupting');
    line.confirmed();
    assert.deepEqual(line.sent(), [pressed('voice')]);
    assert.equal(line.state(), 'triggered');
    line.conversation('recording', { turn: 2 });
    assert.deepEqual(line.sent(), [], 'the aborted reply is not resumed');
    assert.equal(line.told(), 'recording');
  });

  test('speech that is certain at once', () => {
    const line = STATES.interruptible?.() as Line;
    line.confirmed();
    assert.deepEqual(line.sent(), [pressed('voice')]);
    assert.equal(line.state(), 'triggered');
  });

  test('it goes on when it was no speech, or when nobody knows', () => {
    const dismissed = STATES.interrupting?.() as Line;
    dismissed.sent();
    dismissed.dismissed();
    assert.deepEqual(dismissed.sent(), [{ type: 'reply.resume', turn: 1 }]);
    assert.equal(dismissed.attention(), 'interruption');
    dismissed.suspected();
    assert.deepEqual(dismissed.sent(), [{ type: 'reply.pause', turn: 1 }], 'again');
    dismissed.clock.increment(LISTENING_DELAYS_MS.interruptionLimit - 1);
    assert.deepEqual(dismissed.sent(), []);
    dismissed.clock.increment(1);
    assert.deepEqual(dismissed.sent(), [{ type: 'reply.resume', turn: 1 }]);
    assert.equal(dismissed.state(), 'interruptible');
  });

  test('auto: only while the echo is removed', () => {
    const line = waiting({ interruption: 'auto' });
    line.conversation('playing');
    assert.equal(line.told(), 'paused');
    line.suspected();
    assert.deepEqual(line.sent(), []);
    line.converged();
    assert.deepEqual(line.sent(), [{ type: 'echo.changed', converged: true, erleDb: 20 }]);
    assert.equal(line.state(), 'interruptible');
    line.converged(false);
    assert.equal(line.state(), 'quiet');
    assert.equal(line.sent().length, 1);
    line.conversation('idle');
    line.converged();
    assert.equal(line.sent().length, 1);
    assert.equal(line.state(), 'waiting');
    line.conversation('receiving');
    assert.equal(line.state(), 'quiet', 'nothing is played yet');
    line.conversation('playing');
    assert.equal(line.state(), 'interruptible');
    line.restarting();
    line.restarted();
    line.opened();
    assert.equal(line.state(), 'quiet', 'the canceller has to converge again');
  });

  test('off, and push to talk: never', () => {
    for (const settings of [
      { mode: 'voice', interruption: 'off' },
      { mode: 'push', interruption: 'on', followUpMs: 1 },
    ] as const) {
      const line = waiting(settings);
      line.converged();
      line.conversation('playing');
      assert.notEqual(line.state(), 'interruptible');
    }
  });
});

describe('follow-up', () => {
  test('after a reply speech begins a turn for some time, with the wake word and with a key', () => {
    for (const mode of ['wake', 'push'] as const) {
      const line = microphone({ mode, followUpMs: FOLLOW_UP_MS });
      if (mode === 'wake') line.opened();
      line.conversation('playing');
      line.conversation('idle', { replied: true });
      if (mode === 'push') line.opened();
      assert.equal(line.told(), 'follow-up');
      assert.equal(line.attention(), 'speech');
      line.clock.increment(FOLLOW_UP_MS - 1);
      assert.equal(line.told(), 'follow-up');
      line.sent();
      line.speech();
      assert.deepEqual(line.sent(), [pressed('follow-up')]);
      assert.equal(line.state(), 'triggered');
      line.conversation('recording', { turn: 2 });
      assert.equal(line.attention(), 'end', 'its end is found, as it has no key');
      line.silence();
      assert.equal(line.sent()[0]?.type, 'talk.released');
    }
  });

  test('one that nobody uses ends, and the person is told', () => {
    for (const [mode, told] of [
      ['wake', 'waiting'],
      ['push', 'closed'],
    ] as const) {
      const line = microphone({ mode, followUpMs: FOLLOW_UP_MS });
      if (mode === 'wake') line.opened();
      line.conversation('idle', { replied: true });
      if (mode === 'push') line.opened();
      line.clock.increment(FOLLOW_UP_MS);
      assert.equal(line.told(), told);
      const last = line.listener.received.at(-1);
      if (mode === 'push') assert.deepEqual(last, { type: 'listener.close' });
      else assert.equal(line.attention(), 'wake');
      line.speech();
      assert.deepEqual(
        line.sent().filter(({ type }) => type === 'talk.pressed'),
        [],
      );
    }
  });

  test('not after a turn without a reply, not in voice mode, and not without the setting', () => {
    for (const [settings, replied] of [
      [{ mode: 'wake', followUpMs: FOLLOW_UP_MS }, false],
      [{ mode: 'voice', followUpMs: FOLLOW_UP_MS }, true],
      [{ mode: 'wake', followUpMs: 0 }, true],
    ] as const) {
      const line = waiting(settings);
      line.conversation('playing', { replied });
      assert.notEqual(line.state(), 'followingUp');
      line.conversation('idle', { replied });
      assert.equal(line.state(), 'waiting');
    }
  });

  test('a reply that asks: with a wake word speech begins a turn for the time that the owner allows; else nothing opens', () => {
    for (const [settings, heardMs] of [
      [{ mode: 'wake', answerMs: 5_000 }, 5_000],
      [{ mode: 'wake', answerMs: 5_000, followUpMs: FOLLOW_UP_MS }, FOLLOW_UP_MS],
      [{ mode: 'wake' }, 0],
      [{ mode: 'push', answerMs: 5_000 }, 0],
      [{ mode: 'push', answerMs: 5_000, followUpMs: FOLLOW_UP_MS }, FOLLOW_UP_MS],
    ] as const) {
      const line = microphone(settings);
      if (settings.mode === 'wake') line.opened();
      line.conversation('playing');
      line.conversation('idle', { replied: true, asks: true });
      const name = JSON.stringify(settings);
      if (heardMs === 0) {
        assert.notEqual(line.told(), 'follow-up', name);
        if (settings.mode === 'push') assert.deepEqual(line.listener.received, [], name);
        continue;
      }
      if (settings.mode === 'push') line.opened();
      assert.equal(line.told(), 'follow-up', name);
      line.clock.increment(heardMs - 1);
      assert.equal(line.told(), 'follow-up', name);
      line.clock.increment(1);
      assert.notEqual(line.told(), 'follow-up', name);
    }
  });

  test('one that asks nothing, and one that the person has interrupted, is not answered by speech alone', () => {
    for (const [replied, asks] of [
      [true, false],
      [false, true],
    ] as const) {
      const line = waiting({ mode: 'wake', answerMs: 5_000 });
      line.conversation('playing');
      line.conversation('idle', { replied, asks });
      assert.equal(line.state(), 'waiting');
    }
  });

  test('settings that do not allow it any more end it, and settings that would allow it begin none afterwards', () => {
    const line = waiting({ mode: 'wake', answerMs: 5_000 });
    line.conversation('idle', { replied: true, asks: true });
    assert.equal(line.state(), 'followingUp');
    line.configure({ mode: 'wake' });
    assert.equal(line.state(), 'waiting');
    line.configure({ mode: 'wake', answerMs: 5_000, followUpMs: FOLLOW_UP_MS });
    assert.equal(line.state(), 'waiting');
  });

  test('a turn that begins in it ends it', () => {
    const line = STATES.followingUp?.() as Line;
    line.conversation('recording', { turn: 2 });
    line.conversation('idle', { turn: 2 });
    assert.equal(line.told(), 'waiting');
  });
});

describe('the microphone', () => {
  test('it cannot be opened, or does not open: the person is told, and it is used when it is there', () => {
    const line = microphone({ mode: 'voice' });
    line.clock.increment(LISTENING_DELAYS_MS.openTimeout - 1);
    assert.equal(line.state(), 'opening');
    line.clock.increment(1);
    assert.equal(line.told(), 'failed');
    line.configure({ mode: 'voice' });
    assert.equal(line.state(), 'failed');
    line.opened();
    assert.equal(line.told(), 'waiting');
    const other = microphone({ mode: 'voice' });
    other.failed();
    other.failed();
    assert.deepEqual(other.sent(), [{ type: 'listener.failed', error: ERROR }], 'once');
    assert.equal(other.told(), 'failed');
    other.opened();
    assert.equal(other.told(), 'waiting');
    other.opened();
    assert.equal(other.listener.received.filter(({ type }) => type === 'listener.attend').length, 1);
  });

  test('the card is lost in each state: the person is told, and again when it is back', () => {
    for (const [name, after] of [
      ['waiting', 'waiting'],
      ['triggered', 'waiting'],
      ['hearing', 'recording'],
      ['goingOn', 'waiting'],
      ['quiet', 'paused'],
      ['interruptible', 'waiting'],
      ['interrupting', 'waiting'],
      ['followingUp', 'follow-up'],
    ] as const) {
      const line = STATES[name]?.() as Line;
      line.sent();
      line.lost();
      assert.equal(line.told(), 'failed', name);
      const resumed = name === 'interrupting' ? [{ type: 'reply.resume', turn: 1 }] : [];
      assert.deepEqual(line.sent(), [{ type: 'listener.lost', device: 'x' }, ...resumed]);
      line.lost();
      assert.deepEqual(line.sent(), []);
      line.recovered();
      assert.equal(line.told(), after, name);
      assert.deepEqual(line.sent(), [{ type: 'listener.recovered', device: 'x', missingMs: 1 }]);
      line.recovered();
      assert.deepEqual(line.sent(), []);
    }
  });

  test('a recording in place of it is heard once', () => {
    const line = waiting();
    line.ended();
    assert.deepEqual(line.sent(), [{ type: 'listener.ended' }]);
    assert.equal(line.told(), 'closed');
    line.clock.increment(LISTENING_DELAYS_MS.openTimeout);
    assert.equal(line.told(), 'closed', 'it is not awaited');
    line.ended();
    assert.deepEqual(line.sent(), []);
    line.restarting();
    line.restarted();
    line.configure({ mode: 'wake' });
    line.opened();
    assert.equal(line.told(), 'closed');
    assert.equal(line.listener.received.filter(({ type }) => type === 'listener.open').length, 1);
    const recording = STATES.hearing?.() as Line;
    recording.ended();
    assert.equal(recording.told(), 'recording', 'until the conversation has all of it');
  });

  test('what it reports after it was closed does not matter', () => {
    const line = waiting();
    line.configure({ mode: 'push' });
    assert.deepEqual(line.listener.received.at(-1), { type: 'listener.close' });
    for (const stale of [line.opened, line.failed, line.lost, line.recovered, line.ended, line.muted]) stale();
    assert.equal(line.told(), 'closed');
    assert.deepEqual(line.sent(), []);
  });
});

test('a restarted listener is told again what it was told, in each state', () => {
  for (const name of Object.keys(STATES)) {
    const line = STATES[name]?.() as Line;
    const [told, attention] = [line.told(), line.attention()];
    line.sent();
    line.restarting();
    const before = line.listener.received.length;
    if (name !== 'off') assert.ok(['closed', 'muted', 'recording'].includes(line.told()), `${name}: ${line.told()}`);
    line.restarted();
    const types = line.sent().map(({ type }) => type);
    assert.deepEqual(
      types.filter((type) => type !== 'reply.resume'),
      ['actor.restarting', 'actor.restarted'],
      name,
    );
    assert.equal(types.includes('reply.resume'), name === 'interrupting');
    const again = () => line.listener.received.slice(before);
    if (name === 'off') {
      assert.deepEqual(again(), []);
    } else if (name === 'muted') {
      assert.deepEqual(again(), [{ type: 'listener.mute', muted: true }]);
      line.muted();
      assert.equal(line.told(), 'muted');
    } else {
      assert.deepEqual(again(), [{ type: 'listener.open' }], name);
      line.opened();
      if (name !== 'opening' && name !== 'failed' && name !== 'triggered') {
        assert.equal(line.told(), told, name);
        assert.equal(line.attention(), attention, name);
      }
    }
  }
});

test('a mode that is changed in each state', () => {
  for (const name of Object.keys(STATES)) {
    const line = STATES[name]?.() as Line;
    line.configure({ mode: 'push' });
    const told = name === 'muted' ? 'muted' : name === 'hearing' ? 'recording' : 'closed';
    assert.equal(line.told(), told, name);
    if (name === 'hearing') {
      assert.equal(line.attention(), 'end', 'the end of the speech is still found');
      line.conversation('processing');
    }
    if (name !== 'off' && name !== 'muted') {
      assert.deepEqual(line.listener.received.at(-1), { type: 'listener.close' }, name);
      assert.equal(line.told(), 'closed');
    }
    line.configure({ mode: 'wake' });
    if (name !== 'muted') assert.deepEqual(line.listener.received.at(-1), { type: 'listener.open' }, name);
    line.opened();
    if (name === 'muted') assert.equal(line.told(), 'muted');
    else assert.equal(line.attention(), 'wake', name);
  }
});

test('muted in each state: told when it is certain; what was recorded is discarded', () => {
  for (const name of Object.keys(STATES)) {
    const line = STATES[name]?.() as Line;
    if (name === 'muted') continue;
    const before = line.told();
    line.sent();
    line.mute(true);
    const mute = line.listener.received.findLast(({ type }) => type === 'listener.mute');
    assert.deepEqual(mute, { type: 'listener.mute', muted: true }, name);
    assert.equal(line.told(), before, 'not certain yet');
    const types = line.sent().map(({ type }) => type);
    assert.equal(types.includes('talk.cancelled'), name === 'hearing', name);
    assert.equal(types.includes('reply.resume'), name === 'interrupting', name);
    line.muted(false);
    assert.notEqual(line.told(), 'muted');
    line.muted();
    assert.equal(line.told(), 'muted', name);
    line.conversation('idle', { replied: true });
    for (const heard of [line.speech, line.wake, line.opened, line.confirmed]) heard();
    line.conversation('recording', { turn: 2 });
    assert.equal(line.told(), 'muted', 'a key opens nothing');
    line.conversation('idle', { turn: 2 });
    assert.deepEqual(line.sent(), [], name);
    line.mute(false);
    assert.deepEqual(
      line.listener.received.find((event) => event.type === 'listener.mute' && !event.muted),
      {
        type: 'listener.mute',
        muted: false,
      },
    );
    if (name !== 'off') {
      assert.deepEqual(line.listener.received.at(-1), { type: 'listener.open' }, name);
      line.opened();
      assert.equal(line.told(), 'waiting', name);
    } else assert.equal(line.told(), 'closed');
  }
});

test('a follow-up ends with the mute, also if it is taken back at once', () => {
  const line = STATES.followingUp?.() as Line;
  line.mute(true);
  line.mute(false);
  line.opened();
  assert.equal(line.told(), 'waiting');
});

test('the person is told what is new, once, in each state', () => {
  for (const [name, enter] of Object.entries(STATES)) {
    const { parent, ...line } = enter();
    line.mute(true);
    line.muted();
    line.configure({ mode: 'wake' });
    for (const type of ['microphone.changed', 'attention.changed']) {
      const told = parent.received.filter((event) => event.type === type).map((event) => JSON.stringify(event));
      assert.ok(
        told.every((event, at) => event !== told[at - 1]),
        `${name}: ${told}`,
      );
    }
  }
});

test('a mute that is not confirmed: the person is told, and it is asked again', () => {
  const line = waiting();
  line.mute(true);
  line.clock.increment(LISTENING_DELAYS_MS.muteTimeout - 1);
  assert.equal(line.told(), 'waiting');
  line.clock.increment(1);
  assert.equal(line.told(), 'failed');
  assert.equal(line.listener.received.filter(({ type }) => type === 'listener.mute').length, 2);
  line.clock.increment(LISTENING_DELAYS_MS.muteTimeout);
  assert.equal(line.listener.received.filter(({ type }) => type === 'listener.mute').length, 3);
  line.muted();
  assert.equal(line.told(), 'muted');
});

test('a reply that begins during a trigger is interrupted by it; the person is told each', () => {
  const line = STATES.triggered?.() as Line;
  line.conversation('receiving', { turn: 1 });
  assert.equal(line.told(), 'paused');
  line.conversation('recording', { turn: 2 });
  assert.equal(line.told(), 'recording');
  line.silence();
  assert.equal(line.sent().at(-1)?.type, 'talk.released');
});
