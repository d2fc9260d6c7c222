import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessionLog } from '../../actors/cloud/session-log.ts';
import type { CloudTurnRecord } from '../../convex/turns.ts';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const begin = { type: 'device.turn', turn: 1, id: ID, trigger: 'key', startedAtMs: 5, offline: false } as const;
const error = { code: 'cloud_timeout', message: 'no answer', hint: '' } as const;

/** The recorded states, in order. */
const states = (told: readonly CloudTurnRecord[]) => told.map(({ turn, state, outcome }) => [turn, state, outcome]);

test('a turn has the states of the specification', () => {
  const log = createSessionLog('s');
  const told = [
    ...log.sent(begin),
    ...log.sent({ type: 'device.final', turn: 1, frames: 3 }),
    ...log.received({ type: 'device.processing', turn: 1, transcript: 'what time is it' }),
    ...log.received({ type: 'device.reply', turn: 1, text: 'noon' }),
    ...log.sent({ type: 'device.playback', turn: 1, event: 'started', playedMs: 0 }),
    ...log.sent({ type: 'device.playback', turn: 1, event: 'underrun', playedMs: 10 }),
    ...log.received({ type: 'device.done', turn: 1, id: ID }),
    ...log.ended(1, 'done', 60),
    ...log.sent({ type: 'device.playback', turn: 1, event: 'drained', playedMs: 100 }),
    ...log.sent({ type: 'turn.latencies', id: ID, latencyMs: { total: 240 } }),
  ];
  assert.deepEqual(
    told.map(({ state }) => state),
    ['streaming', 'processing', 'processing', 'receiving', 'playing', 'playing', 'idle', 'idle'],
  );
  assert.deepEqual(log.turn(ID), {
    ...{ turn: ID, session: 's', trigger: 'key', offline: false, startedAt: 5, state: 'idle', outcome: 'done' },
    ...{ endedAt: 60, transcript: 'what time is it', replyText: 'noon', latencyMs: { total: 240 } },
  });
});

test('a record holds what was understood so far, and the captions as one text', () => {
  const log = createSessionLog('s');
  log.sent(begin);
  log.received({ type: 'device.partial', turn: 1, text: 'what ti' });
  assert.equal(log.turn(ID)?.transcript, 'what ti');
  log.received({ type: 'device.processing', turn: 1, transcript: 'what time is it' });
  log.received({ type: 'device.reply', turn: 1 });
  log.received({ type: 'device.caption', turn: 1, text: 'Hello.', fromMs: 0 });
  log.received({ type: 'device.caption', turn: 1, text: 'It is noon.', fromMs: 700 });
  assert.equal(log.turn(ID)?.transcript, 'what time is it');
  assert.equal(log.turn(ID)?.replyText, 'Hello. It is noon.');
});

test('the calls of tools are in the record', () => {
  const log = createSessionLog('s');
  log.sent(begin);
  const timer = { name: 'set_timer', input: '{"seconds":60}' };
  log.toolUsed(1, timer);
  log.toolUsed(1, { ...timer, error: 'reminders_full' });
  assert.deepEqual(log.turn(ID)?.tools, [timer, { ...timer, error: 'reminders_full' }]);
  assert.deepEqual(log.toolUsed(2, timer), [], 'of an unknown turn');
});

test('an outcome is recorded once, whatever follows', () => {
  const log = createSessionLog('s');
  log.sent(begin);
  log.received({ type: 'device.refuse', turn: 1, error, retryable: true });
  const [told] = log.ended(1, 'failed', 20);
  assert.deepEqual(
    [told?.state, told?.outcome, told?.error, told?.endedAt],
    ['error', 'failed', { code: 'cloud_timeout', message: 'no answer' }, 20],
  );
  assert.deepEqual(log.ended(1, 'done', 30), []);
  assert.deepEqual(log.received({ type: 'device.reply', turn: 1 }), []);
  assert.deepEqual(log.closed(), []);
});

test('an error is recorded with what to do about it', () => {
  const log = createSessionLog('s');
  log.sent(begin);
  log.received({ type: 'device.refuse', turn: 1, error: { ...error, hint: 'Try again.' }, retryable: true });
  const [told] = log.ended(1, 'failed', 20);
  assert.deepEqual(told?.error, { code: 'cloud_timeout', message: 'no answer', hint: 'Try again.' });
});

test('a replaced turn has ended, and so has its playback', () => {
  const replaced = createSessionLog('s');
  replaced.sent(begin);
  replaced.received({ type: 'device.reply', turn: 1 });
  // The session reports it only when the next turn has begun.
  assert.deepEqual(states(replaced.sent({ ...begin, turn: 2, id: 'next' })), [['next', 'streaming', undefined]]);
  assert.deepEqual(states(replaced.ended(1, 'aborted', 20)), [[ID, 'idle', 'aborted']]);
  assert.equal(replaced.turn('next')?.outcome, undefined);

  const silenced = createSessionLog('s');
  silenced.sent(begin);
  silenced.sent({ type: 'device.playback', turn: 1, event: 'started', playedMs: 0 });
  silenced.ended(1, 'done', 10);
  assert.deepEqual(states(silenced.sent({ ...begin, turn: 2, id: 'next' })), [
    [ID, 'idle', 'done'],
    ['next', 'streaming', undefined],
  ]);
});

test('an interrupted reply is recorded as such after the next turn began', () => {
  const log = createSessionLog('s');
  log.sent(begin);
  log.sent({ type: 'device.playback', turn: 1, event: 'started', playedMs: 0 });
  log.sent({ ...begin, turn: 2, id: 'next' });
  const told = log.sent({ type: 'device.playback', turn: 1, event: 'aborted', playedMs: 10 });
  assert.deepEqual(states(told), [[ID, 'idle', undefined]]);
  assert.equal(log.turn('next')?.state, 'streaming');
});

test('the end of a turn is not the end of the same turn, sent again', () => {
  const log = createSessionLog('s');
  log.sent(begin);
  log.sent({ ...begin, turn: 2, offline: true });
  assert.deepEqual(log.ended(1, 'aborted', 20), []);
  assert.deepEqual(states(log.ended(2, 'done', 30)), [[ID, 'idle', 'done']]);
});

test('the last playback event is unknown when the session is over', () => {
  const log = createSessionLog('s');
  log.sent(begin);
  log.sent({ type: 'device.playback', turn: 1, event: 'started', playedMs: 0 });
  log.ended(1, 'done', 10);
  assert.deepEqual(states(log.closed()), [[ID, 'idle', 'done']]);
});

test('latencies that arrive after the next turn began belong to the previous turn', () => {
  const log = createSessionLog('s');
  log.sent(begin);
  log.sent({ ...begin, turn: 2, id: 'next' });
  assert.equal(log.sent({ type: 'turn.latencies', id: ID, latencyMs: { total: 1 } })[0]?.turn, ID);
  assert.deepEqual(log.sent({ type: 'turn.latencies', id: 'unknown', latencyMs: {} }), []);
  assert.equal(log.turn('next')?.state, 'streaming');
});
