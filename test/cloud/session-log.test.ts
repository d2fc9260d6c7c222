import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessionLog } from '../../actors/cloud/session-log.ts';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const begin = { type: 'peer.turn', turn: 1, id: ID, trigger: 'key', startedAtMs: 5, offline: false } as const;
const error = { code: 'cloud_timeout', message: 'no answer', hint: '' } as const;

test('a turn goes through the states of the specification', () => {
  const log = createSessionLog('s');
  const states = [
    log.sent(begin, 10),
    log.sent({ type: 'peer.final', turn: 1, frames: 3 }, 20),
    log.received({ type: 'peer.processing', turn: 1, transcript: 'what time is it' }, 30),
    log.received({ type: 'peer.reply', turn: 1, text: 'noon' }, 40),
    log.sent({ type: 'peer.playback', turn: 1, event: 'started', playedMs: 0 }, 50),
    log.received({ type: 'peer.done', turn: 1, id: ID }, 60),
    log.sent({ type: 'peer.playback', turn: 1, event: 'drained', playedMs: 100 }, 70),
    log.sent({ type: 'peer.figures', id: ID, latencyMs: { total: 240 } }, 80),
  ].map((record) => record?.state);
  assert.deepEqual(states, [
    'streaming',
    'processing',
    'processing',
    'receiving',
    'playing',
    'playing',
    'idle',
    'idle',
  ]);
  assert.deepEqual(log.turn(ID), {
    ...{ turn: ID, session: 's', trigger: 'key', offline: false, startedAt: 5, state: 'idle', outcome: 'done' },
    ...{ endedAt: 60, transcript: 'what time is it', replyText: 'noon', latencyMs: { total: 240 } },
  });
});

test('an outcome is told once, whatever follows', () => {
  const failed = createSessionLog('s');
  failed.sent(begin, 10);
  const told = failed.received({ type: 'peer.refuse', turn: 1, error, retryable: true }, 20);
  assert.deepEqual(
    [told?.state, told?.outcome, told?.error],
    ['error', 'failed', { code: 'cloud_timeout', message: 'no answer' }],
  );
  assert.equal(failed.received({ type: 'peer.done', turn: 1, id: ID }, 30), undefined);
  assert.equal(failed.closed(40), undefined);

  const aborted = createSessionLog('s');
  aborted.sent(begin, 10);
  assert.equal(aborted.sent({ type: 'peer.abort', turn: 1, reason: 'cancelled' }, 20)?.outcome, 'aborted');

  const lost = createSessionLog('s');
  lost.sent(begin, 10);
  assert.equal(lost.closed(99)?.outcome, 'failed');
});

test('figures that come after the next turn began are those of the turn before', () => {
  const log = createSessionLog('s');
  log.sent(begin, 10);
  log.sent({ ...begin, turn: 2, id: 'next' }, 20);
  assert.equal(log.sent({ type: 'peer.figures', id: ID, latencyMs: { total: 1 } }, 30)?.turn, ID);
  assert.equal(log.sent({ type: 'peer.figures', id: 'unknown', latencyMs: {} }, 30), undefined);
  assert.equal(log.turn('next')?.state, 'streaming');
});
