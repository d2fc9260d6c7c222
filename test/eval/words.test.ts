/**
 * How two texts are compared: normalisation and the word error rate.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cardinal } from '../../src/tools/eval/words/number-words.ts';
import { spokenWords } from '../../src/tools/eval/words/spoken-words.ts';
import { addWordErrors, countWordErrors, NO_WORDS, wordErrorPercent } from '../../src/tools/eval/words/word-errors.ts';
import fc from '../support/fast-check.ts';

/** As people write them, and as they are said. */
const SAME: [written: string, said: string][] = [
  ["It's 3:25 p.m.", 'it is three twenty five PM'],
  ['It is 15:05', 'it is fifteen oh five'],
  ["at 3:00, three o'clock", 'at three three'],
  ['What’s 15% of 80?', 'what is fifteen per cent of eighty'],
  ['12.6', 'twelve point six'],
  ['1,234,567', 'one million two hundred and thirty four thousand five hundred and sixty seven'],
  ['a hundred and five', '105'],
  ['the 25th of December', 'the twenty fifth of december'],
  ['the 1st, 2nd, 3rd, 12th, 20th', 'the first second third twelfth twentieth'],
  ['in 1984 and 2026', 'in nineteen eighty four and twenty twenty six'],
  ['in 2007, 1905 and 1900', 'in two thousand seven nineteen oh five and one thousand nine hundred'],
  ['-5 °C', 'minus five degrees Celsius'],
  ['21°', 'twenty one degrees'],
  ['2 + 3 = 5', 'two plus three equals five'],
  [
    "I can't, I won't, I didn't, I'm, you're, I've, I'll, let's",
    'i can not i will not i did not i am you are i have i will let us',
  ],
  ["Tom's dog", 'toms dog'],
  ['an ill-disposed young man', 'an ill disposed young man'],
  ['Mr. Dashwood', 'mister Dashwood'],
  ['naïve café', 'naive cafe'],
  ['$5 and €7.50', 'five dollars and seven point five zero euros'],
  ['5 km, 3 kilometres', 'five kilometers three kilometers'],
  ['OK, Mum', 'okay mom'],
  ['5-6', 'five six'],
];

const word = fc.stringMatching(/^[b-z]{1,3}$/);
const sentence = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));

describe('normalisation', () => {
  for (const [written, said] of SAME) {
    test(`${written} is said: ${said}`, () => {
      assert.equal(spokenWords(written).join(' '), spokenWords(said).join(' '));
    });
  }

  test('numbers are said in words', () => {
    assert.equal(spokenWords('84 144 1000000').join(' '), 'eighty four one hundred forty four one million');
    assert.equal(
      cardinal('1234567890123456'),
      'one two three four five six seven eight nine zero one two three four five six',
    );
  });

  test('of any text is the same when it is normalised again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const words = spokenWords(text);
        assert.ok(words.every((each) => /^[^\s]+$/.test(each)));
        assert.deepEqual(spokenWords(words.join(' ')), words);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the word error rate', () => {
  const errors = (said: string, heard: string) => {
    const { substituted, inserted, deleted } = countWordErrors(said, heard);
    return substituted + inserted + deleted;
  };

  test('counts each kind of error', () => {
    assert.deepEqual(countWordErrors('set a timer for ten minutes', 'set timer for two minutes now'), {
      words: 6,
      substituted: 1,
      inserted: 1,
      deleted: 1,
    });
  });

  test('is 100 % if nothing was heard, over 100 % for noise, and not defined without words', () => {
    assert.equal(wordErrorPercent(countWordErrors('one two', '')), 100);
    assert.equal(wordErrorPercent(countWordErrors('yes', 'no no no')), 300);
    assert.equal(wordErrorPercent(countWordErrors('', 'no')), undefined);
  });

  test('of many texts is that of all their words', () => {
    const both = addWordErrors(countWordErrors('a b c d', 'a b c d'), countWordErrors('e', 'f'));
    assert.equal(wordErrorPercent(addWordErrors(NO_WORDS, both)), 20);
  });

  test('of a text with itself is 0', () => {
    fc.assert(fc.property(sentence, (text) => assert.equal(errors(text, text), 0)));
  });

  test('is the smallest number of edits: a metric, and never more than the longer text', () => {
    fc.assert(
      fc.property(sentence, sentence, sentence, (a, b, c) => {
        const [wordsOfA, wordsOfB] = [spokenWords(a).length, spokenWords(b).length];
        assert.equal(errors(a, b), errors(b, a));
        assert.ok(errors(a, c) <= errors(a, b) + errors(b, c));
        assert.ok(errors(a, b) <= Math.max(wordsOfA, wordsOfB));
        assert.ok(errors(a, b) >= Math.abs(wordsOfA - wordsOfB));
        const { words, inserted, deleted } = countWordErrors(a, b);
        assert.equal(words, wordsOfA);
        assert.equal(words + inserted - deleted, wordsOfB);
      }),
      { numRuns: 500 },
    );
  });

  test('counts the edits that were made', () => {
    const places = fc.uniqueArray(fc.nat(19), { maxLength: 5 });
    fc.assert(
      fc.property(places, places, (replaced, dropped) => {
        // All words differ, so no other edits are cheaper.
        const said = Array.from({ length: 20 }, (_, i) => `w${'x'.repeat(i + 1)}`);
        const kept = said.map((each, i) => (replaced.includes(i) ? `other${'y'.repeat(i + 1)}` : each));
        const heard = kept.filter((_, i) => !dropped.includes(i));
        const edits = new Set([...replaced, ...dropped]).size;
        assert.equal(errors(said.join(' '), heard.join(' ')), edits);
      }),
    );
  });
});
