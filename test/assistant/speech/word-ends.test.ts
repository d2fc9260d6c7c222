/** Which phones of flite belong to which word of a text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordEnds } from '../../../actors/assistant/speech/flite/word-ends.ts';

/** 100 ms each. */
const phonesOf = (symbols: string) =>
  symbols.split(' ').map((symbol, index) => ({ symbol, endsAtMs: (index + 1) * 100 }));
/** The phones of each word. */
function split(text: string, symbols: string): string {
  const phones = phonesOf(symbols);
  let from = 0;
  const words = wordEnds(text, phones).map((endMs) => {
    const own = symbols.split(' ').slice(from, endMs / 100);
    from = Math.max(from, endMs / 100);
    return own.filter((symbol) => symbol !== 'pau').join(' ');
  });
  return words.join(' | ');
}

test('letters are spoken as other letters, or not at all', () => {
  assert.equal(split('Which knight laughs?', 'pau w ih ch n ay t l ae f s pau'), 'w ih ch | n ay t | l ae f s');
  assert.equal(split('One of the two.', 'w ah n ah v dh ax t uw'), 'w ah n | ah v | dh ax | t uw');
});

test('a number has as many phones as the words around it leave', () => {
  const said = 'pau ih t ih z t w eh n t iy w ah n d ih g r iy z s eh l s iy ax s pau';
  assert.equal(split('It is 21 °C.', said), 'ih t | ih z | t w eh n t iy w ah n | d ih g r iy z s eh l s iy ax s');
  assert.equal(split('At 7 go', 'ae t s eh v ax n g ow'), 'ae t | s eh v ax n | g ow');
});

test('what is said in other words: a unit, a sign, a mark that is not said', () => {
  const said = 'pau w ih n d pau th er d iy k ax l aa m ax t er z p er aw er pau ae n d pau';
  assert.equal(
    split('Wind – 30 km/h & so', `${said} s ow`),
    'w ih n d |  | th er d iy | k ax l aa m ax t er z p er aw er | ae n d | s ow',
  );
});

test('there may be no phones, and no words', () => {
  assert.deepEqual(wordEnds('Okay then.', []), [0, 0]);
  assert.deepEqual(wordEnds('', phonesOf('pau')), []);
});
