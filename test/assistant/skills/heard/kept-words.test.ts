/** What was found in a text is kept for the next reader of the same text, within limits, until the person wants it to be forgotten. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heardWords } from '../../../../actors/assistant/skills/heard/interpretation.ts';
import { skillTools } from '../../../../actors/assistant/skills/skills.ts';
import { defaultProfile } from '../../../../src/core/device-profile.ts';

const QUESTION = 'What time is it?';

test('a text that is read again is not searched again', () => {
  const heard = heardWords(QUESTION);
  const found = heard.finder.find('what time|the time');
  assert.equal(found[0]?.strength, 1);
  assert.equal(heardWords(QUESTION).finder.find('what time|the time'), found);
});

test('the last 64 texts are kept, and no long one', () => {
  const heard = heardWords(QUESTION);
  for (let other = 0; other < 63; other++) heardWords(`other ${other}`);
  assert.equal(heardWords(QUESTION), heard);
  for (let other = 0; other < 64; other++) heardWords(`other ${other}`);
  assert.notEqual(heardWords(QUESTION), heard);
  const long = 'word '.repeat(50);
  assert.notEqual(heardWords(long), heardWords(long));
});

test('what the person wants to be forgotten is not kept', async () => {
  const heard = heardWords(QUESTION);
  const memory = { forget: async () => 2 };
  const forget = skillTools({ memory } as never).find(({ name }) => name === 'forget_conversation');
  const device = defaultProfile('kitchen');
  const context = { device, turnId: 'turn', nowMs: 0, makeId: () => 'id', signal: new AbortController().signal };
  assert.match((await forget?.call({}, context as never)) ?? '', /^I deleted/);
  assert.notEqual(heardWords(QUESTION), heard);
});
