import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActor, SimulatedClock } from 'xstate';
import { answerMachine } from '../../machines/answer.ts';
import {
  ANSWER_DELAYS_MS,
  ANSWER_TIMEOUTS,
  type AnswerNotification,
  NOTHING_HEARD,
} from '../../machines/answer-context.ts';
import { ANSWER_CHILDREN } from '../../machines/answer-setup.ts';
import { SESSION_DELAYS_MS } from '../../machines/session-context.ts';
import { fakeActors, logicsOf } from '../support/fake-actor.ts';

const ERROR = { code: 'assistant_failed', message: 'no idea', hint: '' } as const;
const OTHER = { code: 'assistant_unreachable', message: 'gone', hint: '' } as const;

function utterance() {
  const clock = new SimulatedClock();
  const fakes = fakeActors(ANSWER_CHILDREN);
  const { transcription, thinking, speech } = fakes;
  const actor = createActor(answerMachine.provide({ actors: logicsOf(ANSWER_CHILDREN, fakes) }), { clock });
  const notifications: AnswerNotification[] = [];
  actor.on('*', (event) => notifications.push(event));
  actor.start();
  const say = {
    paused: (text = 'what time is it') => transcription.send({ type: 'transcription.paused', text }),
    resumed: () => transcription.send({ type: 'transcription.resumed' }),
    final: () => actor.send({ type: 'answer.final' }),
    recognised: (text = 'what time is it') => transcription.send({ type: 'transcription.done', text }),
    begun: (ask = 1) => thinking.send({ type: 'thinking.begun', ask }),
    lost: (ask = 1) => thinking.send({ type: 'thinking.failed', ask, error: ERROR }),
    started: () => speech.send({ type: 'speech.started' }),
    sentence: () => speech.send({ type: 'speech.sentence' }),
    spoken: () => speech.send({ type: 'speech.done' }),
    apologized: () => speech.send({ type: 'speech.apologized' }),
  };
  /** Brings a new answer into a state. */
  const lead = {
    listening: () => {},
    transcribing: () => say.final(),
    thinking: () => {
      say.final();
      say.recognised();
    },
    writing: () => {
      lead.thinking();
      say.begun();
    },
    speaking: () => {
      lead.writing();
      say.started();
    },
  };
  const outcome = () => {
    const end = notifications.at(-1);
    return end?.type === 'answer.ended' ? [end.outcome, end.isTold] : undefined;
  };
  return { ...{ clock, actor, fakes, transcription, thinking, speech, notifications, say, lead, outcome } };
}

const value = ({ actor }: ReturnType<typeof utterance>) => actor.getSnapshot().value;
const asked = ({ thinking }: ReturnType<typeof utterance>) =>
  thinking.received.map((event) =>
    'text' in event ? `ask ${event.ask} ${event.text}` : Object.values(event).join(' '),
  );

test('an utterance is recognised, understood and answered', () => {
  const turn = utterance();
  const { say, transcription, speech, notifications } = turn;
  assert.deepEqual(value(turn), { listening: 'hearing' });
  say.final();
  assert.equal(value(turn), 'transcribing');
  assert.deepEqual(transcription.types(), ['transcription.finish']);
  say.recognised();
  assert.deepEqual(value(turn), { thinking: 'asking' });
  assert.deepEqual(asked(turn), ['ask 1 what time is it', 'thinking.confirm 1']);
  assert.deepEqual(speech.types(), ['speech.open']);
  say.begun();
  assert.deepEqual(value(turn), { thinking: 'writing' });
  say.started();
  say.sentence();
  assert.equal(value(turn), 'speaking');
  say.spoken();
  assert.equal(value(turn), 'done');
  assert.deepEqual(
    notifications.map(({ type }) => type),
    ['answer.ended'],
  );
  assert.deepEqual(turn.outcome(), ['done', false]);
});

test('a draft that was answered in a pause is spoken when the whole utterance says the same', () => {
  const turn = utterance();
  turn.say.paused();
  turn.say.paused('What time is it?');
  turn.say.begun();
  turn.say.final();
  turn.say.recognised('What time is it?');
  assert.deepEqual(asked(turn), ['ask 1 what time is it', 'thinking.confirm 1']);
  assert.deepEqual(value(turn), { thinking: 'writing' });
});

for (const state of ['listening', 'transcribing'] as const) {
  test(`a draft may begin to be answered while ${state}, another question does not count`, () => {
    for (const [ask, then] of [
      [1, 'writing'],
      [7, 'asking'],
    ] as const) {
      const turn = utterance();
      turn.say.paused();
      turn.lead[state]();
      turn.say.begun(ask);
      if (state === 'listening') turn.say.final();
      turn.say.recognised();
      assert.deepEqual(value(turn), { thinking: then });
      assert.deepEqual(asked(turn), ['ask 1 what time is it', 'thinking.confirm 1']);
    }
  });

  test(`a draft that fails while ${state} is asked again, another question does not count`, () => {
    for (const [ask, confirmed] of [
      [1, 2],
      [7, 1],
    ] as const) {
      const turn = utterance();
      turn.say.paused();
      turn.lead[state]();
      turn.say.lost(ask);
      if (state === 'listening') turn.say.final();
      turn.say.recognised();
      assert.equal(asked(turn).at(-1), `thinking.confirm ${confirmed}`);
    }
  });
}

test('a draft is void when the person goes on, and when the utterance says something else', () => {
  const turn = utterance();
  turn.say.paused('what');
  turn.say.begun();
  turn.say.resumed();
  turn.say.paused('what time');
  turn.say.begun(1);
  turn.say.final();
  turn.say.recognised();
  assert.deepEqual(asked(turn), [
    'ask 1 what',
    'thinking.cancel',
    'ask 2 what time',
    'ask 3 what time is it',
    'thinking.confirm 3',
  ]);
  assert.deepEqual(value(turn), { thinking: 'asking' });
  turn.say.begun(2);
  assert.deepEqual(value(turn), { thinking: 'asking' });
  turn.say.lost(2);
  assert.deepEqual(value(turn), { thinking: 'asking' });
});

test('a draft that failed is asked again, and what was begun of it does not count', () => {
  const turn = utterance();
  turn.say.paused();
  turn.say.begun();
  turn.say.lost();
  turn.say.paused();
  assert.deepEqual(asked(turn), ['ask 1 what time is it', 'ask 2 what time is it']);
  turn.say.lost(1);
  turn.say.final();
  turn.say.recognised();
  assert.deepEqual(value(turn), { thinking: 'asking' });
  assert.equal(asked(turn).length, 3);
});

test('after the person went on, a pause with the same words is a new draft', () => {
  const turn = utterance();
  turn.say.paused();
  turn.say.begun();
  turn.say.resumed();
  turn.say.final();
  turn.say.recognised();
  assert.deepEqual(asked(turn).slice(1), ['thinking.cancel', 'ask 2 what time is it', 'thinking.confirm 2']);
  assert.deepEqual(value(turn), { thinking: 'asking' });
});

test('a pause without words asks nothing', () => {
  const turn = utterance();
  turn.say.paused('');
  assert.deepEqual(asked(turn), []);
});

test('who hears the speech itself is asked without a text', () => {
  const turn = utterance();
  turn.say.final();
  turn.transcription.send({ type: 'transcription.passed' });
  assert.deepEqual(asked(turn), ['ask 1 ', 'thinking.confirm 1']);
  assert.deepEqual(value(turn), { thinking: 'asking' });
});

for (const state of ['listening', 'transcribing', 'thinking', 'writing', 'speaking'] as const) {
  test(`interrupted while ${state}, it ends at once, and its actors stop`, () => {
    const turn = utterance();
    turn.lead[state]();
    turn.actor.send({ type: 'answer.abort' });
    assert.equal(value(turn), 'interrupted');
    assert.deepEqual(turn.outcome(), ['interrupted', false]);
    assert.ok(Object.values(turn.fakes).every(({ running }) => !running));
  });
}

const LIMITS = [
  ['transcribing', 'transcriptionLimit', ANSWER_TIMEOUTS.transcription],
  ['thinking', 'thinkingLimit', ANSWER_TIMEOUTS.thinking],
  ['writing', 'firstAudioLimit', ANSWER_TIMEOUTS.firstAudio],
  ['speaking', 'stallLimit', ANSWER_TIMEOUTS.stall],
] as const;

for (const [state, limit, error] of LIMITS) {
  test(`a time limit while ${state} is told to the person, once`, () => {
    const turn = utterance();
    turn.lead[state]();
    turn.clock.increment(ANSWER_DELAYS_MS[limit] - 1);
    assert.notEqual(value(turn), 'failing');
    turn.clock.increment(1);
    assert.equal(value(turn), 'failing');
    assert.deepEqual(turn.speech.received.at(-1), { type: 'speech.apologize', error });
    assert.equal(turn.thinking.types().at(-1), 'thinking.cancel');
    turn.say.apologized();
    assert.equal(value(turn), 'failed');
    assert.deepEqual(turn.notifications, [
      { type: 'answer.failing', error },
      { type: 'answer.ended', outcome: 'failed', error, isTold: true },
    ]);
  });
}

test('each sentence renews the limit of the next', () => {
  const turn = utterance();
  turn.lead.speaking();
  for (let i = 0; i < 3; i++) {
    turn.clock.increment(ANSWER_DELAYS_MS.stallLimit - 1);
    turn.say.sentence();
  }
  assert.equal(value(turn), 'speaking');
});

test('all limits together are shorter than the session waits for a reply', () => {
  const { stallLimit: _, ...before } = ANSWER_DELAYS_MS;
  const sumMs = Object.values(before).reduce((sum, ms) => sum + ms, 0);
  assert.ok(sumMs < SESSION_DELAYS_MS.processingLimit, `${sumMs} ms`);
});

test('what fails is told: recognition, brain, speech, and an utterance without words', () => {
  const failures: [keyof ReturnType<typeof utterance>['lead'], (turn: ReturnType<typeof utterance>) => void, object][] =
    [
      [
        'transcribing',
        ({ transcription }) => transcription.send({ type: 'transcription.failed', error: ERROR }),
        ERROR,
      ],
      ['transcribing', ({ say }) => say.recognised(''), NOTHING_HEARD],
      ['thinking', ({ say }) => say.lost(), ERROR],
      ['writing', ({ speech }) => speech.send({ type: 'speech.failed', error: ERROR }), ERROR],
      ['speaking', ({ say }) => say.lost(), ERROR],
      ['speaking', ({ speech }) => speech.send({ type: 'speech.failed', error: ERROR }), ERROR],
      ['thinking', ({ speech }) => speech.crash('it broke'), { code: 'internal', message: 'it broke', hint: '' }],
    ];
  for (const [state, fail, error] of failures) {
    const turn = utterance();
    turn.lead[state]();
    fail(turn);
    assert.equal(value(turn), 'failing', state);
    assert.deepEqual(turn.speech.received.at(-1), { type: 'speech.apologize', error });
    turn.say.apologized();
    assert.deepEqual(turn.outcome(), ['failed', true]);
  }
});

test('a question that does not count any more may fail while the answer is spoken', () => {
  const turn = utterance();
  turn.say.paused('what');
  turn.lead.thinking();
  turn.say.begun(2);
  turn.say.started();
  turn.say.lost(1);
  assert.equal(value(turn), 'speaking');
});

test('a recogniser that fails or crashes while the person speaks is told afterwards', () => {
  for (const fail of [
    ({ transcription }: ReturnType<typeof utterance>) =>
      transcription.send({ type: 'transcription.failed', error: ERROR }),
    ({ transcription }: ReturnType<typeof utterance>) => transcription.crash('it broke'),
  ]) {
    const turn = utterance();
    fail(turn);
    assert.deepEqual(value(turn), { listening: 'deaf' });
    turn.thinking.crash('this one, too');
    assert.deepEqual(value(turn), { listening: 'deaf' });
    assert.deepEqual(turn.speech.types(), []);
    turn.say.final();
    assert.equal(value(turn), 'failing');
    const told = turn.speech.received.at(-1);
    assert.match(JSON.stringify(told), /no idea|it broke/);
  }
});

test('an apology that fails, crashes or takes too long is not repeated', () => {
  for (const fail of [
    ({ speech }: ReturnType<typeof utterance>) => speech.send({ type: 'speech.failed', error: OTHER }),
    ({ speech }: ReturnType<typeof utterance>) => speech.crash(),
    ({ clock }: ReturnType<typeof utterance>) => clock.increment(ANSWER_DELAYS_MS.apologyLimit),
  ]) {
    const turn = utterance();
    turn.lead.thinking();
    turn.say.lost();
    turn.say.spoken();
    assert.equal(value(turn), 'failing', 'a late end of the answer is not the end of the apology');
    fail(turn);
    assert.equal(value(turn), 'failed');
    assert.deepEqual(turn.outcome(), ['failed', false]);
    const end = turn.notifications.at(-1);
    assert.equal(end?.error, ERROR, 'the first error is the cause');
  }
});
