import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGarbled } from '../../../actors/assistant/recognition/garbled.ts';

test('texts that the model writes for speech that it did not understand are told from others', () => {
  for (const text of [
    '',
    '...',
    'Had he married a more amiable, amiable, amiable, amiable,',
    'I do not know. I do not know. I do not know. I do not know.',
    'No, no, no, no.',
  ]) {
    assert.equal(isGarbled(text), true, text);
  }
  for (const text of ['Yes.', 'No, no, no.', 'Very very very good', 'What time is it?', 'one two one two one two']) {
    assert.equal(isGarbled(text), false, text);
  }
});
