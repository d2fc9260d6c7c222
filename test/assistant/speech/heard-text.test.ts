import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { createFliteProgram } from '../../../actors/assistant/speech/flite/flite-program.ts';
import { createHeardText } from '../../../actors/assistant/speech/heard-text.ts';
import fc from '../../support/fast-check.ts';
import { testModel } from '../../support/models.ts';

const { wasm } = await testModel('flite');
const FRAME_SAMPLES = 320;

const words = (text: string): number => (text === '' ? 0 : text.split(' ').length);

/** Where the last loud sample is. */
function endOfSpeech(samples: Int16Array): number {
  return samples.findLastIndex((sample) => Math.abs(sample) > 300);
}

describe('the words that were heard', () => {
  test('are those that flite had said by then: nearly always to one word, never more than two off', () => {
    const program = createFliteProgram(new WebAssembly.Module(readFileSync(wasm)));
    const said = (text: string) => program.speak(text, 'rms').samples;
    const off: number[] = [];
    for (const text of [
      'You asked me earlier about the capital of Australia, which is Canberra.',
      'I added milk, eggs and bread to your shopping list.',
      'Sure, I can help with that, although it may take a moment.',
    ]) {
      const heard = createHeardText();
      heard.begin(text);
      heard.add(Math.ceil(said(text).length / FRAME_SAMPLES));
      heard.end();
      const all = text.split(' ');
      for (let count = 1; count < all.length; count++) {
        // The truth: the first words, spoken alone.
        const alone = said(all.slice(0, count).join(' ').replace(/,$/, ''));
        off.push(words(heard.at(endOfSpeech(alone) / 16 + 10)) - count);
      }
    }
    const isNear = off.filter((each) => Math.abs(each) <= 1).length / off.length;
    assert.ok(isNear >= 0.95 && off.every((each) => Math.abs(each) <= 2), `${off}`);
  });

  test('begin with the text, never get fewer, and are all of it in the end', () => {
    const sentence = fc.array(fc.constantFrom('Okay', 'the', 'answer', 'is', '12.5', '°C,', 'NASA', '日本', '—'), {
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(sentence, fc.integer({ min: 1, max: 300 })), { minLength: 1 }), (sentences) => {
        const heard = createHeardText();
        let frames = 0;
        for (const [text, length] of sentences) {
          assert.equal(heard.begin(text.join(' ')), frames * 20);
          heard.add(length);
          heard.end();
          frames += length;
        }
        const all = sentences.map(([text]) => text.join(' ')).join(' ');
        let before = '';
        for (let ms = 0; ms <= frames * 20; ms += 40 + Math.floor(frames / 10)) {
          const now = heard.at(ms).replace(/…$/, '');
          assert.ok(all.startsWith(now) && now.startsWith(before), `${now} after ${before}`);
          before = now;
        }
        assert.equal(heard.at(frames * 20), all);
      }),
    );
  });

  test('of a sentence that is still coming: those so far, and none of the next', () => {
    const heard = createHeardText();
    assert.equal(heard.at(1_000), '');
    heard.begin('One two three four five six seven eight.');
    heard.add(40);
    const soFar = heard.at(10_000);
    assert.match(soFar, /^One two.*…$/);
  });
});
