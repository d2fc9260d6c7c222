/** What is misheard in the same way again and again is understood as it was meant. Values of other people's kitchens than the suite's. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSkillsBrain } from '../../../actors/assistant/skills/brain.ts';
import { kitchen } from './kitchen.ts';

const brain = createSkillsBrain();
after(() => brain.close());

for (const [heard, answer] of [
  ['Set a time or four eight minutes.', 'Timer set for 8 minutes.'],
  ['Start a timer four twenty seconds.', 'Timer set for 20 seconds.'],
  ['I need a time or fourteen minutes.', 'Timer set for 10 minutes.'],
  ['Said a timer for six minutes.', 'Timer set for 6 minutes.'],
  ['Started twelve minute timer.', 'Timer set for 12 minutes.'],
  ['Set one more timer, seven minutes.', 'Timer set for 7 minutes.'],
  // What is said stays what is said.
  ['Set a timer for fourteen minutes.', 'Timer set for 14 minutes.'],
  ['Timer fourteen minutes.', 'Timer set for 14 minutes.'],
  ['Set a timer for four hours.', 'Timer set for 4 hours.'],
  ['Set a timer for four minutes.', 'Timer set for 4 minutes.'],
  ['Set a spaghetty timer for nine minutes.', 'Spaghetti timer set for 9 minutes.'],
  ['Set a noodle timer for nine minutes.', 'Noodles timer set for 9 minutes.'],
  ['Set a guitar timer for nine minutes.', 'Guitar timer set for 9 minutes.'],
  ['But is nine times eight?', 'That is 72.'],
  ['Sixty last nine.', 'That is 51.'],
  ['If I had nine to thirty, what do I get?', 'That is 39.'],
  ["What's the current here?", 'Today is Tuesday, November 24th, 2026.'],
  ['Put leaks and flower on my shopping list.', 'I added leeks and flour to your shopping list.'],
  ['I had cheese to my shopping list.', 'I added cheese to your shopping list.'],
] as const) {
  test(`"${heard}": ${answer}`, async () => {
    assert.equal((await kitchen().say(heard)).text, answer);
  });
}

test('a number that was only expected in its place is understood less than one that was heard', async () => {
  const understood = async (text: string) => (await brain.understands?.(text)) ?? 0;
  assert.ok((await understood('What is certain times well?')) < 0.98);
  assert.ok((await understood('What is seven times twelve?')) > 0.98);
});

test('no words are lost where it is known only that something else was meant', async () => {
  const text = 'Started tying, a tie of five minutes.';
  const meant = (await brain.asMeant?.(text))?.text ?? '';
  assert.match(meant, /t(ie|ime)/);
  assert.doesNotMatch(meant, / {2}/);
});
