/**
 * Words that two passes share stay: they never change, whatever the next pass says.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAgreement } from '../../../actors/assistant/recognition/agreement.ts';
import fc from '../../support/fast-check.ts';

test('words become stable when the next pass has them, too; the last one may be cut', () => {
  const agreement = createAgreement();
  assert.deepEqual(agreement.add('Set a ti'), { text: 'Set a ti', stableText: '' });
  assert.deepEqual(agreement.add('Set a timer.'), { text: 'Set a timer.', stableText: 'Set a' });
  assert.deepEqual(agreement.add('set a timer for ten'), { text: 'Set a timer for ten', stableText: 'Set a' });
  assert.deepEqual(agreement.add('Said the timer for'), { text: 'Set a timer for', stableText: 'Set a' });
});

test('an empty pass takes nothing back', () => {
  const agreement = createAgreement();
  agreement.add('one two three');
  agreement.add('one two three');
  assert.deepEqual(agreement.add(''), { text: 'one two', stableText: 'one two' });
});

test('what is stable stays, and every partial text begins with it', () => {
  const word = fc.constantFrom('a', 'A,', 'b', 'c.', 'd');
  const pass = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.array(pass, { maxLength: 8 }), (passes) => {
      const agreement = createAgreement();
      let before = '';
      for (const text of passes) {
        const partial = agreement.add(text);
        assert.ok(partial.stableText.startsWith(before));
        assert.ok(partial.text.startsWith(partial.stableText));
        before = partial.stableText;
      }
    }),
    { numRuns: 500, seed: 3 },
  );
});
