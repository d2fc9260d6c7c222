/**
 * The time that a turn spends in each state, and the level plot's line: what the page reckons from entries.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../src/observability/inspect/entries.ts';
import { gatherSignals } from '../../src/observability/inspect/page/signals.ts';
import { createTimeline } from '../../src/observability/inspect/page/timeline.ts';
import { turnStates } from '../../src/observability/inspect/page/turn-states.ts';

const step = (t: number, value: unknown, a = 1): Entry =>
  ({ k: 'step', n: t, t, a, value, taken: [], timers: [] }) as Entry;
const states = (...entries: Entry[]) => turnStates(entries, entries.length, 1);

test('the states of the turn that runs have their times, the active one the moment of its beginning', () => {
  const before = [step(0, 'idle'), step(100, 'playing'), step(900, 'idle')];
  assert.deepEqual(
    states(...before, step(1_000, 'recording'), step(1_200, { streaming: 'x' }), step(3_200, 'processing')),
    { now: 'processing', sinceMs: 3_200, spentMs: { recording: 200, streaming: 2_000 } },
  );
});

test('after a turn its times stay, until the next one begins', () => {
  const turn = [step(0, 'idle'), step(1_000, 'recording'), step(1_200, 'playing'), step(4_200, 'idle')];
  // An event that changes no state does not begin a new visit.
  assert.deepEqual(states(...turn, step(5_000, 'idle')), {
    now: 'idle',
    sinceMs: 4_200,
    spentMs: { recording: 200, playing: 3_000 },
  });
  assert.deepEqual(states(...turn, step(6_000, 'recording'))?.spentMs, {});
});

test('a state that was entered twice has both times; other machines do not count', () => {
  const spent = states(
    step(0, 'idle'),
    step(10, 'recording'),
    step(15, 'playing', 2),
    step(30, 'playing'),
    step(60, 'recording'),
    step(100, 'processing'),
  );
  assert.deepEqual(spent?.spentMs, { recording: 60, playing: 30 });
  assert.equal(states(step(15, 'playing', 2)), undefined);
});

test('the level has no line across a time without audio, and none for silence', () => {
  const timeline = createTimeline(() => true);
  const level = (t: number, rmsDb: number): Entry => ({ k: 'levels', t, speaker: { rmsDb, peakDb: rmsDb } });
  timeline.add([level(1_000, -20), level(1_100, -30), level(1_200, -96), level(1_300, -25), level(9_000, -22)]);
  const [timesS, , speaker] = gatherSignals(timeline).levels;
  assert.deepEqual(speaker, [-20, -30, null, -25, null, -22]);
  assert.deepEqual(
    timesS.map((second) => Math.round(second * 10) / 10),
    [1, 1.1, 1.2, 1.3, 1.3, 9],
  );
});
