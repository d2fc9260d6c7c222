/** Whether a text can be all that somebody wants to say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SentenceState, sentenceState } from '../../../actors/assistant/endpointing/sentence-state.ts';
import fc from '../../support/fast-check.ts';

const TEXTS: Record<SentenceState, string[]> = {
  open: [
    'What is the weather in the.',
    'Set a timer for.',
    'Add milk and',
    'I would like to go,',
    'Turn on the',
    'Um.',
    'What is the weather in, um.',
    'What time is it in',
    'What could I ask you to',
    'How long is it till',
  ],
  lacking: [
    'How many',
    'Remind me.',
    'Tell me',
    'Can you',
    'What time will it?',
    "What is today's.",
    'Tell me what the time is and what',
    'How much more',
    'Can you please',
    'What am I supposed',
    'Start a nine minute.',
    'Would you mind telling me what time',
    'Do you know what time it',
    'What will the date',
    'When will the timer',
    'Did the milk',
    'Is it going',
    'Tell me all.',
    'Tell me the current',
    'How long do I still',
    'What kind of jokes do',
    'How many days do',
    'Have you got',
    'Please get rid.',
    'Tell me when ten minutes have.',
    'What day of the week is.',
  ],
  complete: [
    'What do I need to buy?',
    ...[
      'I need to buy milk.',
      'Tell me the current year.',
      'Great, thank you so much.',
      'Throw away my shopping list.',
    ],
    'When will the timer go off?',
    'Divide one hundred by twelve.',
    'How many minutes are three hours, and how much is that?',
    'Tell me how many minutes three hours are.',
    'Let me know when ten minutes are up.',
    'If I add seventeen to twenty five, what do I get?',
    'What kind of things can you help me with?',
    "I don't need that timer any more.",
    "I'd like to hear some music.",
    'Set a timer for an hour and a half.',
    'I need to call my mother at six, can you remind me?',
    'Louder, please.',
    'Thank you.',
    'Thank you very much.',
    'Good morning.',
    "How's it going?",
    "What's your name?",
    "What's the date today?",
    'Who am I talking to?',
    'What did I want to be reminded of?',
    'What is it made of?',
    'What is your name?',
    'What is the capital of Australia?',
    'Set the volume to fifty percent.',
    'Set the heating to twenty degrees.',
    'Tomorrow at nine, remind me that the trash has to go out.',
    'Can I have eggs and bread on the shopping list?',
    'I have to check the oven in twenty minutes, remind me please.',
    'Is it going to rain today?',
    'What time is it going to be in two hours?',
    'what time is it in tokyo',
    'Set a timer for ten minutes.',
    'Tell me a joke.',
    'What can you do?',
    'How are you?',
    'Stop.',
    'Yes.',
    'Cancel it please.',
    'Could you tell me the time, please?',
    'Add milk to my shopping list.',
    'Add twenty five and seventeen.',
    'Which year are we in?',
    "What's ten kilograms in pounds?",
    'Can you speak up a bit?',
    'What time will it be in two hours?',
    'Would you mind telling me what time it is?',
    'I would like to know what the date is.',
    'What is one hundred and forty times two hundred and fifty?',
  ],
  extendable: [
    'What time is it?',
    "What's the time?",
    'What is the date?',
    "What's the weather?",
    "How's the traffic?",
    'What year is it?',
    'Do I need an umbrella?',
    'Tell me the date.',
    'Please tell me the date.',
    'Do you know what time it is?',
    'What time will it be?',
  ],
  unclear: [
    ...['', '…', 'Tokyo.', 'Set a timer.', 'Wake me up at seven.', 'The red one.', 'Convert five miles.'],
    ...[
      'What we claim to rehearse.',
      'Um, any more.',
      'What did I ask?',
      'What is seven?',
      'Can you roll it?',
      'Take the milk.',
      'Divide one hundred and four.',
      'What is seven times two hundred?',
      'What is one hundred and forty?',
      'What is one hundred and five?',
    ],
    'Start a timer for one hour.',
    'Put some jazz on.',
    'Put bread and eggs on',
    'Tell me the capital.',
    'Who is the author?',
    'Remind me in twenty minutes to check',
    'Remind me tomorrow at nine to take out',
    'Give me a reminder in twenty minutes.',
    'Tomorrow at nine I have to take out the trash.',
    "Don't let me forget to call my mother.",
    'Change the volume.',
    'Could you turn ten kilos',
    "I'd like to tip fifteen percent",
    'Subtract thirty seven from one',
    'What is seventy degrees Fahrenheit?',
    'Remove milk from my shop.',
    'How many days are left?',
    'What do I have?',
    'What is seven plus twenty?',
    'We might be in twenty minutes.',
    'Can you repeat that?',
    'Which things can I ask?',
    'I want to hear it.',
    'How many ounces are in it?',
    'How long does it take?',
  ],
};

for (const [state, texts] of Object.entries(TEXTS)) {
  for (const text of texts) {
    test(`“${text}” is ${state}`, () => assert.equal(sentenceState(text), state));
  }
}

test('a full stop, capitals and another apostrophe mean nothing', () => {
  for (const text of Object.values(TEXTS).flat()) {
    if (text.endsWith(',')) continue;
    const bare = text.replace(/[.?!]$/, '');
    for (const other of [bare, `${bare}.`, bare.toUpperCase(), bare.replaceAll("'", '’')]) {
      assert.equal(sentenceState(other), sentenceState(text), other);
    }
  }
});

test('any text has a state', () => {
  fc.assert(fc.property(fc.string(), (text) => Object.keys(TEXTS).includes(sentenceState(text))));
});
