/** What the words before a pause say of it, by how well they are understood. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseState } from '../../../actors/assistant/endpointing/pause-state.ts';
import { sentenceState } from '../../../actors/assistant/endpointing/sentence-state.ts';
import fc from '../../support/fast-check.ts';

test('where nobody knows how well they are understood, the words alone count', () => {
  for (const text of [
    'What time is it?',
    'Turn it up.',
    'What is the weather in',
    'Tell me how many',
    'The red one.',
    '',
  ]) {
    assert.equal(pauseState(text, undefined), sentenceState(text));
  }
});

test('a few words that look complete must be understood; of many, the recogniser may have misheard one', () => {
  assert.equal(pauseState('What is your name?', 1), 'complete');
  assert.equal(pauseState('What could die?', 0.6), 'unclear');
  assert.equal(pauseState('Start a nine minute club.', 0.6), 'unclear');
  assert.equal(pauseState('Tell me the heavy yesterday in Tokyo.', 0), 'complete');
  assert.equal(pauseState('What time is it?', 0.6), 'unclear');
});

test('a few words that are not understood are a beginning', () => {
  assert.equal(pauseState('We might be in quarantine.', 0), 'unclear');
  assert.equal(pauseState('Put bread.', 0), 'begun');
  assert.equal(pauseState('Put milk.', 0.5), 'unclear');
});

test('what seems to lack something does not if all is understood', () => {
  assert.equal(pauseState('What have I asked you last.', 0.95), 'unclear');
  assert.equal(pauseState('What have I asked you last.', 0.2), 'lacking');
  assert.equal(pauseState('Tell me how many.', 0.95), 'lacking');
});

test('what is understood, and ends as requests do, is complete, also without the form of one', () => {
  const over = [
    'Milk goes on the shopping list.',
    'I need a ninety minute timer.',
    'Timer, one and a half hours.',
    'How many days until Christmas?',
    'I could use some help.',
    'Will it rain tomorrow?',
    'Remind me that the trash has to go out.',
    'How much is fifteen percent of two hundred and forty?',
    'How much is fifteen percent of twenty four?',
    'What is certain times twelve?',
    'Five miles is how many kilometers?',
    'Three hours is how many minutes?',
  ];
  for (const text of over) {
    assert.equal(pauseState(text, 0.95), 'complete', text);
    assert.equal(sentenceState(text), 'unclear', text);
    assert.notEqual(pauseState(text, 0.7), 'complete', text);
  }
  const goesOn = [
    'How much is fifteen percent of two.',
    'How much is fifteen percent of two hundred.',
    'What is certain times twenty.',
    'I said it was about twelve.',
    'Change the volume to fifty.',
    'Remind me tomorrow at nine to take.',
    'Please say after me, the early.',
    'I need a timer.',
    'Tell me to check the oven in twenty.',
    'In two hours and ten minutes.',
  ];
  for (const text of goesOn) assert.notEqual(pauseState(text, 1), 'complete', text);
});

test('short requests, as people mostly make them, need not wait for more', () => {
  const requests = [
    'Stop the timer.',
    'Turn it up.',
    'Louder, please.',
    'Tell me a joke.',
    'Thank you.',
    "What's the time?",
  ];
  for (const text of [...requests, 'Flip a coin.', 'What is your name?', 'Good morning.', "What's the weather?"]) {
    const state = pauseState(text, 1);
    assert.ok(state === 'complete' || state === 'extendable', `${text} ${state}`);
  }
});

test('words that leave a sentence open do so however well they are understood', () => {
  fc.assert(
    fc.property(fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), (text, understood) => {
      const state = pauseState(`${text} in the`, understood);
      assert.equal(state, 'open');
    }),
  );
});
