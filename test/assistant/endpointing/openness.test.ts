/** How open an utterance seems by all that was heard before a pause. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { opennessOf, WAITS_MS } from '../../../actors/assistant/endpointing/openness.ts';
import { PATIENCES } from '../../../src/protocol/listening.ts';
import fc from '../../support/fast-check.ts';

const heard = (...texts: string[]) => texts.map((text) => ({ text, understood: undefined }));
const OVER = 'Turn it up.';
const OPEN = 'What is the weather in';

test('one hearing says what its text does', () => {
  assert.equal(opennessOf(heard(OVER)), 'over');
  assert.equal(opennessOf(heard('What time is it?')), 'extendable');
  assert.equal(opennessOf(heard('Wake me up at seven.')), 'undecided');
  assert.equal(opennessOf(heard(OPEN)), 'open');
  assert.equal(opennessOf(heard('Tell me how many.')), 'open');
  assert.equal(opennessOf([{ text: 'Put bread.', understood: 0 }]), 'unfinished');
  assert.equal(opennessOf([]), 'undecided');
});

test('a whole sentence is over if a hearing of it is understood, or nobody can tell', () => {
  const sentence = 'Put the bread on the list of the kitchen.';
  const whole = (...all: number[]) => opennessOf(all.map((understood) => ({ text: sentence, understood })));
  assert.equal(opennessOf(heard(sentence)), 'over');
  assert.equal(whole(0), 'whole');
  assert.equal(whole(0, 0.89), 'whole');
  assert.equal(whole(0, 0.9), 'over');
});

test('a hearing that is open among others that are over is no reason to wait long', () => {
  assert.equal(opennessOf(heard(OVER, OPEN)), 'undecided');
  assert.equal(opennessOf(heard(OVER, OVER, OVER, OPEN)), 'extendable');
  assert.equal(opennessOf(heard(OVER, 'The red one.')), 'extendable');
  assert.equal(opennessOf(heard(OVER, OVER, OVER, OVER, 'The red one.')), 'over');
});

test('what most hearings leave open is open, unless one takes it for a whole sentence', () => {
  assert.equal(opennessOf(heard(OPEN, 'The red one.', 'The red one.')), 'open');
  assert.equal(opennessOf(heard(OPEN, OPEN, OVER)), 'unfinished');
  assert.equal(opennessOf(heard(OPEN, OPEN, 'What time is it?')), 'unfinished');
});

test('a whole sentence that is understood almost perfectly is over, whatever else was heard', () => {
  const others = ['The red one.', OPEN, 'What is it'].map((text) => ({ text, understood: 0 }));
  const withSure = (text: string, understood: number) => opennessOf([...others, { text, understood }]);
  assert.equal(withSure('I need a ninety minute timer.', 0.98), 'over');
  assert.equal(withSure('Turn it up a bit.', 1), 'over');
  for (const [text, understood] of [
    ['I need a ninety minute timer.', 0.9],
    ['Turn it up.', 1],
    ['Do you know what time it is?', 1],
  ] as const) {
    assert.notEqual(withSure(text, understood), 'over', text);
    assert.notEqual(withSure(text, understood), 'extendable', text);
  }
});

test('another open hearing never makes the wait shorter, another that is over never longer; their order does not matter', () => {
  const texts = fc.array(fc.constantFrom(OVER, OPEN, 'What time is it?', 'The red one.', ''), { minLength: 1 });
  fc.assert(
    fc.property(fc.constantFrom(...PATIENCES), texts, (patience, all) => {
      const waitMs = (...each: string[]) => WAITS_MS[patience][opennessOf(heard(...each))];
      assert.ok(waitMs(...all, OPEN) >= waitMs(...all));
      assert.ok(waitMs(...all, OVER) <= waitMs(...all));
      assert.equal(waitMs(...all.toReversed()), waitMs(...all));
    }),
  );
});
