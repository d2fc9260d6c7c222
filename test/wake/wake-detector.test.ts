/** The decision by scores, in the time of the samples. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWakeDetector } from '../../actors/wake/wake-detector.ts';
import fc from '../support/fast-check.ts';

const STEP_MS = 80;
const RULE = { threshold: 0.5, patience: 2, refractoryMs: 2_000 };

/** When the wake word was found, by the number of the score. */
function found(scores: readonly number[], rule = RULE): { at: number; score: number; firstAt: number }[] {
  const detector = createWakeDetector(rule);
  return scores.flatMap((score, at) => {
    const detection = detector.push(score, at * STEP_MS);
    return detection ? [{ at, score: detection.score, firstAt: detection.atMs / STEP_MS }] : [];
  });
}

test('one high score is no wake word, two in a row are; the time is that of the first, the score is the highest', () => {
  assert.deepEqual(found([0, 0.9, 0, 0.9, 0.1, 0]), []);
  assert.deepEqual(found([0, 0.7, 0.6, 0]), [{ at: 2, score: 0.7, firstAt: 1 }]);
  assert.deepEqual(found([0, 0.5, 0.5]), [{ at: 2, score: 0.5, firstAt: 1 }]);
  assert.deepEqual(found([0, 0.49, 0.99, 0.49]), []);
});

test('in the refractory time nothing counts, and after it a new word needs all its scores', () => {
  const high = Array.from({ length: 60 }, () => 0.9);
  // 2,000 ms are 25 steps; then two scores.
  assert.deepEqual(
    found(high).map(({ at }) => at),
    [1, 27, 53],
  );
  const twice = [...high.slice(0, 4), ...Array.from({ length: 30 }, () => 0), ...high.slice(0, 4)];
  assert.equal(found(twice).length, 2);
});

test('a score that is no number is none', () => {
  assert.deepEqual(found([Number.NaN, Number.NaN, Number.NaN]), []);
});

test('for any scores: each detection ends a run as long as the patience, and no two are within the refractory time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 200 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 3_000 }),
      (scores, patience, refractoryMs) => {
        const all = found(scores, { threshold: 0.4, patience, refractoryMs });
        for (const [index, { at, firstAt, score }] of all.entries()) {
          const run = scores.slice(at - patience + 1, at + 1);
          assert.ok(run.length === patience && run.every((each) => each >= 0.4));
          assert.equal(firstAt, at - patience + 1);
          assert.equal(score, Math.max(...run));
          const before = all[index - 1];
          if (before) assert.ok((firstAt - before.at) * STEP_MS >= refractoryMs);
        }
      },
    ),
  );
});
