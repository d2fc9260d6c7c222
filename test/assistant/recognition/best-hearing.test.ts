/** Which of several hearings of the same speech is taken. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestUnderstood, likeliest, mostAlike } from '../../../actors/assistant/recognition/best-hearing.ts';
import { bareWords, wordDistance } from '../../../actors/assistant/recognition/word-distance.ts';
import fc from '../../support/fast-check.ts';

const hearings = (...all: [text: string, understood: number][]) =>
  all.map(([text, understood]) => ({ text, understood }));

test('of clear speech the best understood, and the first of those that are understood as well', () => {
  assert.equal(bestUnderstood(hearings(['a', 0.8], ['b', 0.81], ['c', 0.9], ['d', 0.91])), 2);
  assert.equal(bestUnderstood(hearings(['a', 0], ['b', 0])), 0);
});

const heardInNoise = (...all: [text: string, understood: number, meanLogProbability: number][]) =>
  all.map(([text, understood, meanLogProbability]) => ({ text, understood, meanLogProbability }));

test('in noise how well it is understood, how much it agrees with the others, and how usual its words are decide together', () => {
  const menus = heardInNoise(
    ['Put menus on the shopping list.', 0.95, -1.5],
    ['Put milk on the shopping list.', 0.93, -1.5],
    ['put milk on the shopping list', 0.93, -1.5],
    ['But milk on the shopping list!', 0.9, -1.6],
  );
  assert.equal(likeliest(menus), 1, 'of those that are the same, the first');
  const now = heardInNoise(
    ['Now long is left?', 0.92, -2.4],
    ['Now long is left?', 0.92, -2.4],
    ['How long is left?', 0.9, -0.9],
  );
  assert.equal(likeliest(now), 2);
  assert.equal(likeliest(now.slice(0, 2)), 0);
});

test('what is understood much worse is not taken, however often it was heard', () => {
  const wrong: [string, number, number] = ['said a dime', 0.2, -1];
  assert.equal(likeliest(heardInNoise(wrong, wrong, wrong, ['set a timer', 0.9, -1])), 3);
});

test('a hearing that is better in all three is taken', () => {
  const hearing = fc.record({
    text: fc.constantFrom('a b c', 'a b d', 'x', ''),
    understood: fc.double({ min: 0, max: 1, noNaN: true }),
    meanLogProbability: fc.double({ min: -4, max: 0, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(hearing), (heard) => {
      const best = { text: 'set a timer', understood: 1.1, meanLogProbability: 0 };
      assert.equal(likeliest([...heard, best, best, best, ...heard.map(() => best)]), heard.length);
    }),
  );
});

test('hearings are the same when their words are', () => {
  assert.equal(mostAlike(hearings(['What time is it?', 1], ['What dime is it?', 0.9], ['what time is it', 0.9])), 2);
  assert.equal(mostAlike([]), 0);
});

test('the distance of two texts is a metric of their words', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'B.', 'c')).map((words) => bareWords(words.join(' ')));
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      const ab = wordDistance(a, b);
      assert.equal(ab, wordDistance(b, a));
      assert.equal(ab === 0, a.join(' ') === b.join(' '));
      assert.ok(ab >= Math.abs(a.length - b.length) && ab <= Math.max(a.length, b.length));
      assert.ok(wordDistance(a, c) <= ab + wordDistance(b, c));
    }),
  );
  assert.equal(wordDistance(['set', 'a', 'timer'], ['said', 'a', 'new', 'timer']), 2);
});
