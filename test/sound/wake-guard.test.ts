/** The guard of a card, for given latenesses, second by second. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WakeGuard } from '../../actors/sound/wake-guard.ts';

/** In each second something was this late. */
function after(...seconds: number[]): WakeGuard {
  const guard = new WakeGuard();
  for (const [second, lateMs] of seconds.entries()) guard.note(lateMs, second * 1_000);
  return guard;
}

const quiet = (seconds: number) => new Array<number>(seconds).fill(1);

describe('a guard', () => {
  it('is safe before there are measurements, and short after some idle seconds', () => {
    assert.equal(new WakeGuard().ms, 20);
    assert.equal(after(...quiet(2)).ms, 20);
    assert.equal(after(...quiet(3)).ms, 5);
  });

  it('is not longer because of a single event', () => {
    assert.equal(after(...quiet(10), 18).ms, 5);
  });

  it('covers what happened twice, up to two blocks', () => {
    assert.equal(after(...quiet(10), 18, 1, 18).ms, 13);
    assert.equal(after(...quiet(10), 40, 1, 40).ms, 20);
  });

  it('counts many events of one second as one', () => {
    const guard = after(...quiet(10));
    for (let i = 0; i < 50; i++) guard.note(30, 11_000 + i);
    assert.equal(guard.ms, 5);
  });

  it('is longer than two blocks when there would be a gap every few seconds', () => {
    assert.equal(after(...quiet(10), 36, 36, 36, 36).ms, 31);
    assert.equal(after(...quiet(10), 36, 1, 36).ms, 20);
  });

  it('is never longer than 40 ms, and not longer because of lateness that it could not cover', () => {
    assert.equal(after(...new Array<number>(20).fill(45)).ms, 40);
    assert.equal(after(...new Array<number>(20).fill(100)).ms, 20);
  });

  it('ignores a stop of the process', () => {
    assert.equal(after(...quiet(10), 900, 900, 900).ms, 5);
  });

  it('is short again after 20 s without lateness, however long ago they were', () => {
    assert.equal(after(...quiet(10), 18, 18, ...quiet(18)).ms, 13);
    assert.equal(after(...quiet(10), 18, 18, ...quiet(19)).ms, 5);
  });

  it('does not change for a small reduction', () => {
    const guard = after(...quiet(10), 18, 18, ...new Array<number>(30).fill(17));
    assert.equal(guard.ms, 13);
  });

  it('grows by a step for each second with an underrun of the card, when that is usual', () => {
    const guard = after(...quiet(10));
    for (let second = 11; second < 14; second++) guard.underflow(second * 1_000);
    assert.ok(guard.ms > 5 && guard.ms <= 20, `${guard.ms} ms`);
  });
});
