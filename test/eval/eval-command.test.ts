/**
 * `earshot eval` as a user runs it: its output, its exit codes, and what it says about wrong options.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { testModel, testModelsFolder } from '../support/models.ts';

await testModel('moonshine-tiny');
await testModel('flite');
const env = { EARSHOT_MODELS: testModelsFolder };

test('prints a JSON object and draws a plot; a threshold that is missed is exit code 1', () =>
  inTemporaryFolder(async (folder) => {
    const suite = join(folder, 'mine.json');
    const plot = join(folder, 'plot.svg');
    const questions = [{ id: 'time', kind: 'time', said: ['What time is it?'], answer: { has: ['{weekday}'] } }];
    writeFileSync(suite, JSON.stringify({ name: 'mine', seed: 1, questions }));
    const args = ['eval', '--fast', '--suite', suite, '--voices', 'rms', '--plot', plot, '--min-right', '50', '--json'];
    const { code, stdout, stderr } = await earshot(args, { env }).ended;
    assert.equal(code, 1, stderr);
    assert.match(stderr, /rms, clean: 0\.0 % right, less than 50 %/);
    const { way, voices, questions: asked } = JSON.parse(stdout);
    assert.equal(way, 'fast');
    assert.deepEqual(
      voices.map(({ voice, noise, right }: Record<string, unknown>) => [voice, noise, right]),
      [['rms', 'clean', 0]],
    );
    assert.deepEqual(asked[0].missing, ['{weekday}']);
    assert.match(readFileSync(plot, 'utf8'), /word error rate/);
  }));

test('says what is wrong with its options', async () => {
  const WRONG: [args: string[], message: RegExp][] = [
    [['--voices', 'anna'], /There is no voice anna\. There are: rms, slt-hts/],
    [['--noise', 'pink:20'], /Write none, white:20, babble:10 or 20/],
    [['--only', 'nothing'], /No question is selected.*time, date/],
    [['--fast', '--max-delay', '100'], /--max-delay needs the whole line/],
    [['--plot', 'plot.pdf'], /plot\.pdf is neither/],
  ];
  for (const [args, message] of WRONG) {
    const { code, stderr } = await earshot(['eval', ...args], { env }).ended;
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});
