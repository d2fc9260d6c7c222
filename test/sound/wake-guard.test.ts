/** The guard of a card, told how late things were, second by second. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WakeGuard } from '../../actors/sound/wake-guard.ts';

/** Something in each second was so late. */
function after(...seconds: number[]): WakeGuard {
  const guard = new WakeGuard();
  for (const [second, lateMs] of seconds.entries()) guard.note(lateMs, second * 1_000);
  return guard;
}

const quiet = (seconds: number) => new Array<number>(seconds).fill(1);

describe('a guard', () => {
  it('is safe before anything is known, and tight after some quiet seconds', () => {
    assert.equal(new WakeGuard().ms, 20);
    assert.equal(after(...quiet(2)).ms, 20);
    assert.equal(after(...quiet(3)).ms, 5);
  });

  it('is no wider for what happened once', () => {
    assert.equal(after(...quiet(10), 18).ms, 5);
  });

  it('is as wide as what happened twice, up to two blocks', () => {
    assert.equal(after(...quiet(10), 18, 1, 18).ms, 13);
    assert.equal(after(...quiet(10), 40, 1, 40).ms, 20);
  });

  it('counts many times of one second as one', () => {
    const guard = after(...quiet(10));
    for (let i = 0; i < 50; i++) guard.note(30, 11_000 + i);
    assert.equal(guard.ms, 5);
  });

  it('is wider than two blocks where a hole every few seconds would be the price', () => {
    assert.equal(after(...quiet(10), 36, 36, 36, 36).ms, 31);
    assert.equal(after(...quiet(10), 36, 1, 36).ms, 20);
  });

  it('is never wider than 40 ms, and no wider for what it could not cover', () => {
    assert.equal(after(...new Array<number>(20).fill(45)).ms, 40);
    assert.equal(after(...new Array<number>(20).fill(100)).ms, 20);
  });

  it('takes no notice of an absence', () => {
    assert.equal(after(...quiet(10), 900, 900, 900).ms, 5);
  });

  it('is tight again after 20 s of quiet, however long ago they were', () => {
    assert.equal(after(...quiet(10), 18, 18, ...quiet(18)).ms, 13);
    assert.equal(after(...quiet(10), 18, 18, ...quiet(19)).ms, 5);
  });

  it('does not move for a little less', () => {
    const guard = after(...quiet(10), 18, 18, ...new Array<number>(30).fill(17));
    assert.equal(guard.ms, 13);
  });

  it('is wider by a step for each second in which the card ran dry, once that is usual', () => {
    const guard = after(...quiet(10));
    for (let second = 11; second < 14; second++) guard.underflow(second * 1_000);
    assert.ok(guard.ms > 5 && guard.ms <= 20, `${guard.ms} ms`);
  });
});
