import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlausible } from '../../../actors/assistant/recognition/plausible.ts';

test('texts that the model writes for speech that it did not understand are told from others', () => {
  for (const text of [
    '',
    '...',
    'Had he married a more amiable, amiable, amiable, amiable,',
    'I do not know. I do not know. I do not know. I do not know.',
    'No, no, no, no.',
  ]) {
    assert.equal(isPlausible(text), false, text);
  }
  for (const text of ['Yes.', 'No, no, no.', 'Very very very good', 'What time is it?', 'one two one two one two']) {
    assert.equal(isPlausible(text), true, text);
  }
});
