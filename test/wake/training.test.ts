/** The training's own parts, and a trained wake word as a file. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { headOf, readTrainedHead, TRAINED_STEPS } from '../../actors/wake/trained-head.ts';
import { createRandom } from '../../src/tools/simulation/random.ts';
import { contentOf, readOwnRecordings } from '../../src/tools/wake/own-recordings.ts';
import { type Example, trainRegression } from '../../src/tools/wake/regression.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { SHORT_SPEECH } from '../support/speech.ts';

const SIZE = TRAINED_STEPS * 96;

/** Positive examples differ in 31 inputs, of two scales, and in nothing else. */
function examples(count: number, seed: number): Example[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const isPositive = index % 8 === 0;
    const input = Float32Array.from({ length: SIZE }, (_value, i) => {
      const value = random() - 0.5 + (isPositive && i % 50 === 0 ? 1 : 0);
      return i % 2 === 0 ? value * 40 + 7 : value;
    });
    return { input, isPositive };
  });
}

test('what was learned holds for examples that were not trained', () => {
  const { score } = headOf(trainRegression(examples(600, 1), 3));
  const unseen = examples(200, 2);
  const right = unseen.filter(({ input, isPositive }) => score(input) > 0.5 === isPositive).length;
  assert.ok(right / unseen.length > 0.95, `${right} of ${unseen.length}`);
});

test('a trained wake word is read as it was written, and what is none is refused', () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'hey.json');
    const head = {
      ...{ format: 'earshot wake word', version: 1, phrase: 'hey you', threshold: 0.7, phraseMs: 600, bias: -1 },
      ...{ weights: Array.from({ length: SIZE }, (_, i) => i / SIZE), training: {} },
    };
    writeFileSync(path, JSON.stringify(head));
    assert.deepEqual(await readTrainedHead(path), head);
    const wrong: [change: object, message: RegExp][] = [
      [{ weights: head.weights.slice(1) }, /weights: /],
      [{ weights: head.weights.map(String) }, /weights\.0: /],
      [{ threshold: 2 }, /threshold: /],
      [{ version: 2 }, /version: /],
      [{ bias: null }, /bias: /],
    ];
    for (const [change, message] of wrong) {
      writeFileSync(path, JSON.stringify({ ...head, ...change }));
      await assert.rejects(readTrainedHead(path), { code: 'wake_model_invalid', message });
    }
    writeFileSync(path, '{');
    await assert.rejects(readTrainedHead(path), { code: 'wake_model_invalid', message: /not JSON/ });
  }));

test('a recording is the phrase, unless a text beside it says something else', () =>
  inTemporaryFolder(async (folder) => {
    const recording = readFileSync(SHORT_SPEECH);
    const texts = { a: undefined, b: 'Hey, Earshot!', c: 'What time is it?', d: 'Hey Earshot, what time is it?' };
    for (const [name, text] of Object.entries(texts)) {
      writeFileSync(join(folder, `${name}.wav`), recording);
      if (text !== undefined) writeFileSync(join(folder, `${name}.txt`), `${text}\n`);
    }
    const own = await readOwnRecordings(folder);
    assert.deepEqual(
      own.map((each) => [each.name, contentOf(each, 'hey earshot')]),
      [
        ['a.wav', 'phrase'],
        ['b.wav', 'phrase'],
        ['c.wav', 'other'],
        ['d.wav', 'unclear'],
      ],
    );
    assert.ok((own[0]?.speech.length ?? 0) > 16_000);
  }));

test('a folder without recordings, and none at all, say so', () =>
  inTemporaryFolder(async (folder) => {
    await assert.rejects(readOwnRecordings(folder), { code: 'usage', message: /no WAV file/ });
    await assert.rejects(readOwnRecordings(join(folder, 'none')), { code: 'file_not_found' });
  }));
