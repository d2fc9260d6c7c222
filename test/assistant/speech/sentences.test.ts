import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSentences, MAX_SENTENCE_CHARACTERS } from '../../../actors/assistant/speech/sentences.ts';
import fc from '../../support/fast-check.ts';

function sentencesOf(pieces: readonly string[], language = 'en'): string[] {
  const sentences = createSentences({ language });
  return [...pieces.flatMap((piece) => sentences.push(piece)), ...sentences.end()];
}

/** Text without its spaces: what must not be lost. */
const content = (text: string): string => text.replace(/\s+/g, '');

const CASES: readonly (readonly [language: string, text: string, expected: readonly string[]])[] = [
  ['en', 'Dr. Smith arrives at 3.30 tomorrow. Bring $29.99.', ['Dr. Smith arrives at 3.30 tomorrow.', 'Bring $29.99.']],
  ['en', 'It is 10 a.m. and the sun is up. OK?', ['It is 10 a.m. and the sun is up.', 'OK?']],
  ['en', 'The shop closes at 7 p.m. Come before that.', ['The shop closes at 7 p.m.', 'Come before that.']],
  ['en', 'Use e.g. milk, i.e. whole milk. Done.', ['Use e.g. milk, i.e. whole milk.', 'Done.']],
  ['en', 'Version 1.2.3 is out! See example.com for more.', ['Version 1.2.3 is out!', 'See example.com for more.']],
  ['en', '1. Mix the flour and salt. 2. Add water and stir.', ['1. Mix the flour and salt.', '2. Add water and stir.']],
  [
    'en',
    'The U.S. has 50 states. J. R. R. Tolkien wrote it.',
    ['The U.S. has 50 states.', 'J. R. R. Tolkien wrote it.'],
  ],
  ['en', 'No. I cannot do that for you.', ['No.', 'I cannot do that for you.']],
  ['en', 'It is house No. 5 on the left. Good luck!', ['It is house No. 5 on the left.', 'Good luck!']],
  ['en', 'The answer is 12. The next one is harder.', ['The answer is 12.', 'The next one is harder.']],
  ['en', 'Okay! Sure. I will do that for you now.', ['Okay!', 'Sure. I will do that for you now.']],
  [
    'en',
    'He said “Stop.” and left the room. Then it was quiet.',
    ['He said “Stop.” and left the room.', 'Then it was quiet.'],
  ],
  ['en', '', []],
  ['en', ' \n ', []],
  ['en', 'Your list:\n- milk\n- eggs\n- bread and butter\n', ['Your list:', '- milk\n- eggs\n- bread and butter']],
  [
    'de',
    'Es ist am 3. Mai um 10 Uhr. Bring z. B. Kuchen mit.',
    ['Es ist am 3. Mai um 10 Uhr.', 'Bring z. B. Kuchen mit.'],
  ],
  ['de', 'Dr. Maier kommt. Bis dann!', ['Dr. Maier kommt.', 'Bis dann!']],
  ['fr', 'M. Dupont arrive demain. Mme. Curie est là.', ['M. Dupont arrive demain.', 'Mme. Curie est là.']],
  ['es', '¿Qué hora es? Son las tres y media.', ['¿Qué hora es?', 'Son las tres y media.']],
  ['ja', '今日は晴れです。明日は雨が降るでしょう。', ['今日は晴れです。', '明日は雨が降るでしょう。']],
  ['not a language', 'One is here now. Two is over there.', ['One is here now.', 'Two is over there.']],
];

describe('sentences', () => {
  for (const [language, text, expected] of CASES) {
    test(`${language}: ${JSON.stringify(text)}`, () => assert.deepEqual(sentencesOf([text], language), expected));
  }

  test('the first clause comes before its sentence is complete, later clauses do not', () => {
    const sentences = createSentences({ language: 'en' });
    assert.deepEqual(sentences.push('Sure, I can help you with that, '), []);
    assert.deepEqual(sentences.push('although i'), ['Sure, I can help you with that,']);
    assert.deepEqual(sentences.push('t may take a while, or longer, I think'), []);
    assert.deepEqual(sentences.end(), ['although it may take a while, or longer, I think']);
  });

  test('a short first sentence comes at once', () => {
    assert.deepEqual(createSentences({ language: 'en' }).push('Okay. I'), ['Okay.']);
  });

  test('a long sentence is cut after a clause, a long clause after a word, a long word within it', () => {
    const clauses = `${'some words of it '.repeat(8)}and so on, `.repeat(3);
    const [first = ''] = sentencesOf([`Yes. ${clauses}`]).slice(1);
    assert.match(first, /and so on,$/);
    const [words = ''] = sentencesOf([`Yes. ${'word '.repeat(100)}`]).slice(1);
    assert.match(words, /word$/);
    assert.ok(words.length > 200, `${words.length}`);
    const [faces = ''] = sentencesOf(['x'.repeat(101) + '😀'.repeat(200)]);
    assert.doesNotMatch(faces, /[\uD800-\uDBFF]$/);
  });
});

/** Text as a language model writes it, and worse. */
const word = fc.oneof(
  fc.constantFrom(
    'Dr.',
    'e.g.',
    'a.m.',
    '3.5',
    '1.',
    'J.',
    '$29.99',
    '10:25',
    'Okay',
    'wait...',
    '?!',
    '。',
    '😀',
    '\n\n',
    '- ',
    '**bold**',
    ',',
    ';',
    '。今日',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...'abcdefgh'), minLength: 1, maxLength: 300 }),
);
const text = fc
  .array(fc.tuple(word, fc.constantFrom(' ', ' ', '. ', ', ', '! ', '\n', '')), { maxLength: 40 })
  .map((words) => words.flat().join(''));
const language = fc.constantFrom('en', 'de', 'ja', 'th', 'ar', '');

describe('sentences of any text', () => {
  test('nothing is lost and the order is kept', () => {
    fc.assert(
      fc.property(text, language, (all, inLanguage) => {
        assert.equal(content(sentencesOf([all], inLanguage).join('')), content(all));
      }),
    );
  });

  test('the pieces in which it arrives make no difference', () => {
    fc.assert(
      fc.property(text, language, fc.array(fc.nat(30), { minLength: 1 }), (all, inLanguage, lengths) => {
        const pieces: string[] = [];
        for (let at = 0, i = 0; at < all.length; i++) {
          const length = 1 + (lengths[i % lengths.length] ?? 0);
          pieces.push(all.slice(at, at + length));
          at += length;
        }
        assert.deepEqual(sentencesOf(pieces, inLanguage), sentencesOf([all], inLanguage));
      }),
    );
  });

  test('none is empty or too long', () => {
    fc.assert(
      fc.property(text, language, (all, inLanguage) => {
        for (const sentence of sentencesOf([all], inLanguage)) {
          assert.ok(sentence.length > 0 && sentence.length <= MAX_SENTENCE_CHARACTERS, `${sentence.length}`);
          assert.equal(sentence, sentence.trim());
        }
      }),
    );
  });
});
