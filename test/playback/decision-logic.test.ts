import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Change, DecisionLogic } from '../../actors/playback/adaptive/decision-logic.ts';
import type { Playhead } from '../../actors/playback/adaptive/playhead.ts';

type Position = Pick<Playhead, 'delayMs' | 'latenessMs' | 'usualLatenessMs' | 'stallMs' | 'packetMs'>;

/** In speech, with nothing late. */
const IN_TIME = { latenessMs: -20, usualLatenessMs: 0, stallMs: -20, packetMs: 20 };

/** What is decided in speech in so many ticks, when every change is one of 5 ms. */
function decided(position: Position, targetMs: number, ticks = 1): Change[] {
  const decision = new DecisionLogic(false);
  return Array.from({ length: ticks }, () => {
    decision.decide(position as Playhead, targetMs, false, false);
    const { change } = decision;
    if (change !== 'none') decision.spend(80);
    return change;
  });
}

test('speech is shortened from 20 ms and from a quarter of the target on', () => {
  for (const [targetMs, fromMs] of [
    [40, 20],
    [200, 50],
  ] as const) {
    assert.deepEqual(decided({ ...IN_TIME, delayMs: targetMs + fromMs - 1 }, targetMs), ['none']);
    assert.deepEqual(decided({ ...IN_TIME, delayMs: targetMs + fromMs + 1 }, targetMs), ['remove']);
  }
});

test('far over the target, as after a stall, twice as much is removed', () => {
  const removals = (overMs: number, targetMs: number) =>
    decided({ ...IN_TIME, delayMs: targetMs + overMs }, targetMs, 40).filter((change) => change === 'remove').length;
  assert.equal(removals(61, 80), 40);
  assert.ok(removals(59, 80) <= 21, `${removals(59, 80)} of 40`);
  assert.equal(removals(121, 240), 40);
  assert.ok(removals(119, 240) <= 21, `${removals(119, 240)} of 40`);
});

test('a stall slows speech down when less than two packets are left', () => {
  for (const packetMs of [20, 60]) {
    const late = { latenessMs: 60, usualLatenessMs: 0, stallMs: 0, packetMs };
    assert.deepEqual(decided({ ...late, delayMs: 60 + 2 * packetMs - 1 }, 100), ['insert']);
    assert.notDeepEqual(decided({ ...late, delayMs: 60 + 2 * packetMs + 1 }, 100), ['insert']);
  }
});
