/** What was heard in noise is written with the words that it was understood by. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSkillsBrain } from '../../../actors/assistant/skills/brain.ts';

const brain = createSkillsBrain();
after(() => brain.close());
const asMeant = async (text: string) => (await brain.asMeant?.(text))?.text;

test('a phrase that was taken for another one stands in its place', async () => {
  for (const [heard, meant] of [
    ['Free mind me to call my mother at six.', 'Remind me to call my mother at six.'],
    ['Stop the time, er, please.', 'Stop the timer, please.'],
    ['Now, long do I still have?', 'How long do I still have?'],
    ['Could we tell me the time, please?', 'Could you tell me the time, please?'],
  ])
    assert.equal(await asMeant(heard as string), meant);
});

test('what is heard as it was meant, what is not understood, and what no skill can do stay as they are', async () => {
  for (const text of [
    'What time is it in Tokyo?',
    "Don't let me forget the trash tomorrow at nine o'clock.",
    'Add bread, 2 eggs and a loaf of rye to my list!',
    'The early bird catches the worm.',
    "What's the forecast for tomorrow?",
    '',
    '(.*',
  ])
    assert.equal(await asMeant(text), text);
});

test('usual words in a usual order are likelier', async () => {
  const likelihood = async (text: string) => (await brain.asMeant?.(text))?.meanLogProbability ?? 0;
  for (const [usual, other] of [
    ['What day is it?', 'Bot bay is it?'],
    ['Set a timer for ten minutes.', 'Said a time of ten minutes.'],
    ['Set a timer for 90 minutes.', 'Set a timer for nightly minutes.'],
    ['What is on my list?', 'List my on is what?'],
  ] as const)
    assert.ok((await likelihood(usual)) > (await likelihood(other)) + 0.1, usual);
  assert.ok(Number.isFinite(await likelihood('')) && Number.isFinite(await likelihood('日本')));
});
