import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineLogic } from '../../machines/adapter/contract-logic.ts';
import { minChunks, PLAYBACK_DELAYS_MS, playback } from '../../machines/playback.ts';
import { type PlaybackContract, type PlayerContract, playerContract } from '../../src/core/contracts/index.ts';
import { fakeActor } from '../support/fake-actor.ts';
import { fakeParent } from '../support/fake-parent.ts';
import { PLAYED, STARTED } from '../support/sample-events.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const PLAYED_FRAME = { ...PLAYED, frames: 1, playedMs: 20, outMs: 20 };
const ERROR = { code: 'device_lost', message: 'unplugged', hint: '' } as const;

function speaker() {
  const clock = new SimulatedClock();
  const player = fakeActor(playerContract);
  const parent = fakeParent<PlaybackContract>(
    machineLogic(playback.provide({ actors: { player: player.logic } })),
    clock,
  );
  const open = () => parent.send({ type: 'playback.open', turn: 1 });
  const play = () => player.send({ type: 'player.started', turn: 1, ...STARTED });
  const heard = () => parent.received.map(({ type }) => type);
  return { clock, player, parent, open, play, heard };
}

test('3 chunks are buffered, 5 above 100 ms of network latency', () => {
  assert.deepEqual([0, 100, 101, 500].map(minChunks), [3, 3, 5, 5]);
  const { player, parent, open } = speaker();
  parent.send({ type: 'playback.latency', roundTripMs: 140 });
  open();
  assert.deepEqual(player.received.at(-1), { type: 'player.open', turn: 1, minChunks: 5 });
});

test('a reply is primed, played, drained', () => {
  const { player, parent, open, play, heard } = speaker();
  open();
  assert.deepEqual(parent.state(), { open: 'priming' });
  play();
  assert.deepEqual(parent.state(), { open: 'playing' });
  player.send({ type: 'player.draining', turn: 1 });
  assert.deepEqual(parent.state(), { open: 'draining' });
  player.send({ type: 'player.drained', turn: 1, ...PLAYED_FRAME });
  assert.equal(parent.state(), 'closed');
  assert.deepEqual(heard(), ['playback.started', 'playback.drained']);
});

test('an underrun ends when packets arrive again, or after a time limit', () => {
  const { clock, player, parent, open, play, heard } = speaker();
  open();
  play();
  player.send({ type: 'player.underrun', turn: 1 });
  assert.deepEqual(parent.state(), { open: 'underrun' });
  player.send({ type: 'player.resumed', turn: 1, silenceMs: 40 });
  assert.deepEqual(parent.state(), { open: 'playing' });
  player.send({ type: 'player.underrun', turn: 1 });
  clock.increment(PLAYBACK_DELAYS_MS.stallTimeout);
  assert.equal(parent.state(), 'closed');
  assert.equal(heard().at(-1), 'playback.failed');
  assert.equal(player.types().at(-1), 'player.abort');
});

test('a drain that does not end is aborted', () => {
  const { clock, player, open, play, heard } = speaker();
  open();
  play();
  player.send({ type: 'player.draining', turn: 1 });
  clock.increment(PLAYBACK_DELAYS_MS.drainTimeout);
  assert.equal(heard().at(-1), 'playback.failed');
});

test('an abort stops the player, which then reports how much was played', () => {
  const { player, parent, open, play } = speaker();
  open();
  play();
  parent.send({ type: 'playback.abort', turn: 1 });
  assert.deepEqual(player.received.at(-1), { type: 'player.abort', turn: 1 });
  parent.send({ type: 'playback.open', turn: 2 });
  player.send({ type: 'player.aborted', turn: 1, ...PLAYED_FRAME });
  assert.deepEqual(parent.received.at(-1), { type: 'playback.aborted', turn: 1, ...PLAYED_FRAME });
});

test('a failed or crashed player fails the playback', () => {
  for (const event of [
    { type: 'player.failed', turn: 1, error: ERROR },
    { type: 'actor.restarting', actor: 'player', crashes: 1, delayMs: 1, error: ERROR },
  ] as const) {
    const { player, parent, open } = speaker();
    open();
    player.send(event as never);
    assert.deepEqual(parent.received.at(-1), { type: 'playback.failed', turn: 1, error: ERROR });
    assert.equal(parent.state(), 'closed');
  }
});

test('player events of another turn are ignored', () => {
  const { player, parent, open, play, heard } = speaker();
  open();
  player.send({ type: 'player.started', turn: 9, ...STARTED });
  assert.deepEqual(parent.state(), { open: 'priming' });
  play();
  player.send({ type: 'player.underrun', turn: 9 });
  player.send({ type: 'player.draining', turn: 9 });
  parent.send({ type: 'playback.abort', turn: 9 });
  assert.deepEqual(parent.state(), { open: 'playing' });
  player.send({ type: 'player.underrun', turn: 1 });
  player.send({ type: 'player.resumed', turn: 9, silenceMs: 1 });
  player.send({ type: 'player.draining', turn: 9 });
  assert.deepEqual(parent.state(), { open: 'underrun' });
  assert.deepEqual(heard(), ['playback.started', 'playback.underrun']);
});

test('after an abort nothing of the reply is reported', () => {
  const { player, parent, open, play, heard } = speaker();
  open();
  play();
  parent.send({ type: 'playback.abort', turn: 1 });
  assert.equal(parent.state(), 'closed');
  player.send({ type: 'player.drained', turn: 1, ...PLAYED_FRAME });
  assert.deepEqual(heard(), ['playback.started']);
});

test('the last packet may come while the buffer is empty', () => {
  const { player, parent, open, play } = speaker();
  open();
  play();
  player.send({ type: 'player.underrun', turn: 1 });
  player.send({ type: 'player.draining', turn: 1 });
  assert.deepEqual(parent.state(), { open: 'draining' });
});

test('a failed reply is stopped, with a reason', () => {
  for (const edge of ['player.underrun', 'player.draining'] as const) {
    const { clock, player, parent, open, play } = speaker();
    open();
    // An error of the previous turn must not count for this one.
    player.send({ type: 'player.failed', turn: 1, error: ERROR });
    parent.send({ type: 'playback.open', turn: 1 });
    play();
    player.send({ type: edge, turn: 1 });
    clock.increment(Math.max(...Object.values(PLAYBACK_DELAYS_MS)));
    const failed = parent.received.at(-1);
    assert.ok(failed?.type === 'playback.failed' && failed.error.code === 'playback_timeout');
    assert.deepEqual(player.received.at(-1), { type: 'player.abort', turn: 1 });
  }
});

test('restarts of the player are forwarded, during a turn and between turns', () => {
  const { player, parent, open, heard } = speaker();
  const restarting = { type: 'actor.restarting', actor: 'player', crashes: 1, delayMs: 1, error: ERROR } as never;
  player.send(restarting);
  player.send({ type: 'actor.restarted', actor: 'player' } as never);
  assert.deepEqual(heard(), ['actor.restarting', 'actor.restarted']);
  open();
  player.send(restarting);
  assert.deepEqual(heard().slice(2).sort(), ['actor.restarting', 'playback.failed']);
  assert.equal(parent.state(), 'closed');
});

test('an overflow of the buffer is forwarded', () => {
  const { player, parent, open } = speaker();
  open();
  const overflow = { type: 'player.overflow', turn: 1, droppedFrames: 3 } as const;
  player.send(overflow);
  assert.deepEqual(parent.received.at(-1), overflow);
});

test('a pause keeps the reply where it was, whatever comes in between', () => {
  for (const [before, during, after] of [
    [[], [], 'playing'],
    [['player.underrun'], [], 'underrun'],
    [['player.underrun'], ['player.resumed'], 'playing'],
    [['player.underrun', 'player.resumed'], [], 'playing'],
    [['player.draining'], [], 'draining'],
    [[], ['player.draining'], 'draining'],
    [[], ['player.underrun'], 'underrun'],
  ] as const) {
    const { player, parent, open, play } = speaker();
    open();
    play();
    for (const type of before) player.send({ type, turn: 1, silenceMs: 1 } as PlayerContract['sends']);
    parent.send({ type: 'playback.pause', turn: 9 });
    assert.equal(player.types().includes('player.pause'), false, 'a pause of another turn');
    parent.send({ type: 'playback.pause', turn: 1 });
    assert.deepEqual(player.received.at(-1), { type: 'player.pause', turn: 1 });
    assert.deepEqual(parent.state(), { open: { paused: 'asked' } });
    for (const type of during) {
      player.send({ type, turn: 9, silenceMs: 1 } as PlayerContract['sends']);
      player.send({ type, turn: 1, silenceMs: 1 } as PlayerContract['sends']);
    }
    parent.send({ type: 'playback.resume', turn: 9 });
    assert.deepEqual(parent.state(), { open: { paused: 'asked' } });
    parent.send({ type: 'playback.resume', turn: 1 });
    assert.deepEqual(player.received.at(-1), { type: 'player.resume', turn: 1 });
    assert.deepEqual(parent.state(), { open: after });
  }
});

test('a player that goes on by itself, because its buffer is full, is believed', () => {
  for (const [during, after] of [
    [[], 'playing'],
    [['player.draining'], 'draining'],
    [['player.underrun'], 'underrun'],
  ] as const) {
    const { clock, player, parent, open, play } = speaker();
    open();
    play();
    parent.send({ type: 'playback.pause', turn: 1 });
    player.send({ type: 'player.paused', turn: 9, playedMs: 20 });
    assert.deepEqual(parent.state(), { open: { paused: 'asked' } });
    player.send({ type: 'player.paused', turn: 1, playedMs: 20 });
    assert.deepEqual(parent.state(), { open: { paused: 'silent' } });
    for (const type of during) player.send({ type, turn: 1 });
    player.send({ type: 'player.continued', turn: 9, pausedMs: 700 });
    assert.deepEqual(parent.state(), { open: { paused: 'silent' } });
    player.send({ type: 'player.continued', turn: 1, pausedMs: 700 });
    assert.deepEqual(parent.state(), { open: after });
    clock.increment(PLAYBACK_DELAYS_MS.pauseLimit);
    assert.equal(player.types().includes('player.resume'), false, 'it needs no command');
  }
});

test('what the player says of the pause before does not end the next one', () => {
  const { player, parent, open, play } = speaker();
  open();
  play();
  parent.send({ type: 'playback.pause', turn: 1 });
  parent.send({ type: 'playback.resume', turn: 1 });
  player.send({ type: 'player.paused', turn: 1, playedMs: 20 });
  assert.deepEqual(parent.state(), { open: { paused: 'silent' } });
  parent.send({ type: 'playback.pause', turn: 1 });
  assert.deepEqual(
    player.types().filter((type) => type !== 'player.open'),
    ['player.pause', 'player.resume', 'player.pause'],
  );
  player.send({ type: 'player.continued', turn: 1, pausedMs: 0 });
  assert.deepEqual(parent.state(), { open: { paused: 'asked' } });
  player.send({ type: 'player.paused', turn: 1, playedMs: 30 });
  assert.deepEqual(parent.state(), { open: { paused: 'silent' } });
  parent.send({ type: 'playback.resume', turn: 1 });
  assert.deepEqual(parent.state(), { open: 'playing' });
});

test('a pause that the player reports late is shown, and its end, too, whatever played before', () => {
  for (const before of ['playing', 'underrun', 'draining'] as const) {
    const { player, parent, open, play } = speaker();
    open();
    play();
    if (before !== 'playing') player.send({ type: `player.${before}`, turn: 1 });
    parent.send({ type: 'playback.pause', turn: 9 });
    player.send({ type: 'player.paused', turn: 9, playedMs: 20 });
    assert.deepEqual(parent.state(), { open: before });
    player.send({ type: 'player.paused', turn: 1, playedMs: 20 });
    parent.send({ type: 'playback.pause', turn: 9 });
    assert.deepEqual(parent.state(), { open: { paused: 'silent' } });
    assert.equal(player.types().includes('player.pause'), false);
    player.send({ type: 'player.continued', turn: 1, pausedMs: 20 });
    assert.deepEqual(parent.state(), { open: before });
    parent.send({ type: 'playback.pause', turn: 1 });
    assert.deepEqual(parent.state(), { open: { paused: 'asked' } });
    assert.equal(player.types().at(-1), 'player.pause');
  }
});

test('an underrun in the fade is told, one of another turn is not', () => {
  const { player, parent, open, play, heard } = speaker();
  open();
  play();
  parent.send({ type: 'playback.pause', turn: 1 });
  player.send({ type: 'player.underrun', turn: 9 });
  assert.deepEqual(heard(), ['playback.started']);
  player.send({ type: 'player.underrun', turn: 1 });
  assert.deepEqual(parent.received.at(-1), { type: 'playback.underrun', turn: 1 });
  parent.send({ type: 'playback.resume', turn: 1 });
  assert.deepEqual(parent.state(), { open: 'underrun' });
});

test('a pause that nobody ends is ended by its limit, and the reply goes on', () => {
  const { clock, player, parent, open, play } = speaker();
  open();
  play();
  parent.send({ type: 'playback.pause', turn: 1 });
  clock.increment(PLAYBACK_DELAYS_MS.pauseLimit - 1);
  assert.deepEqual(parent.state(), { open: { paused: 'asked' } });
  clock.increment(1);
  assert.deepEqual(player.received.at(-1), { type: 'player.resume', turn: 1 });
  assert.deepEqual(parent.state(), { open: 'playing' });
});

test('an event of another turn during a pause changes nothing of what goes on after it', () => {
  const { player, parent, open, play } = speaker();
  open();
  play();
  player.send({ type: 'player.underrun', turn: 1 });
  parent.send({ type: 'playback.pause', turn: 1 });
  player.send({ type: 'player.resumed', turn: 9, silenceMs: 1 });
  player.send({ type: 'player.draining', turn: 9 });
  parent.send({ type: 'playback.resume', turn: 1 });
  assert.deepEqual(parent.state(), { open: 'underrun' });
});

test('a reply is aborted, or fails, out of a pause', () => {
  for (const end of ['abort', 'fail', 'drained'] as const) {
    const { player, parent, open, play } = speaker();
    open();
    play();
    parent.send({ type: 'playback.pause', turn: 1 });
    if (end === 'abort') parent.send({ type: 'playback.abort', turn: 1 });
    if (end === 'fail') player.send({ type: 'player.failed', turn: 1, error: ERROR });
    if (end === 'drained') player.send({ type: 'player.drained', turn: 1, ...PLAYED_FRAME });
    assert.equal(parent.state(), 'closed');
    parent.send({ type: 'playback.resume', turn: 1 });
    assert.equal(player.types().includes('player.resume'), false, 'nothing is resumed after the end');
  }
});
