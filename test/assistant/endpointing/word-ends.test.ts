/** Where words end in speech whose phones have times, as the bench of the end of speech needs it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordEnds } from '../../bench/pausing/word-ends.ts';

const sentence = (phones: string) => phones.split(' ').map((symbol, i) => ({ symbol, endsAtMs: (i + 1) * 100 }));
const words = (...spelled: string[]) =>
  spelled.map((each) => {
    const [word = '', phones = ''] = each.split(':');
    return { word, phones: phones.split(' ') };
  });
const ends = (...given: Parameters<typeof wordEnds>) =>
  wordEnds(...given).map(({ word, endsAtMs }) => `${word} ${endsAtMs}`);

test('each word ends with its last phone, and silence belongs to none', () => {
  const said = sentence('pau w ah t pau ih z pau');
  assert.deepEqual(ends(said, words('what:w ah t', 'is:ih z')), ['what 400', 'is 700']);
});

test('a word that has other phones, fewer or more in the sentence is found by its neighbours', () => {
  const alone = words('in:ih n', 'the:dh iy', 'north:n ao r th');
  assert.deepEqual(ends(sentence('pau ih n dh ax n ao r th pau'), alone), ['in 300', 'the 500', 'north 900']);
  assert.deepEqual(ends(sentence('ih n ax n ao th'), alone), ['in 200', 'the 300', 'north 600']);
  assert.deepEqual(ends(sentence('ih n dh ax ax n ao r th'), alone), ['in 200', 'the 500', 'north 900']);
});
