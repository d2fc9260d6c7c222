/** `earshot wake`, as a user runs it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { wavOf } from '../../actors/sound/wav-header.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { testModel, testModelsFolder } from '../support/models.ts';

const env = { EARSHOT_MODELS: testModelsFolder };

test('wake test hears a file to its end, and prints scores and what it found', () =>
  inTemporaryFolder(async (folder) => {
    await testModel('wake:hey_jarvis');
    const quiet = join(folder, 'quiet.wav');
    writeFileSync(quiet, wavOf(new Int16Array(16_000)));
    const args = ['wake', 'test', '--wake-word', 'openwakeword:hey_jarvis', '--input', quiet, '--json'];
    const { code, stdout } = await earshot(args, { env }).ended;
    assert.equal(code, 0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number>);
    const summary = lines.pop();
    assert.equal(summary?.found, 0);
    assert.ok(lines.length >= 10 && lines.every(({ score = 1 }) => score < 0.1));
  }));

test('mistakes are told in one line before anything is opened', () =>
  inTemporaryFolder(async (folder) => {
    const cases: [args: string[], message: RegExp][] = [
      [['wake', 'test', '--wake-word', 'x:y', '--input', 'silence'], /no wake word engine x/],
      [['wake', 'train', 'ü'], /is no phrase/],
      [['wake', 'train', 'hey earshot'], /The model wake:features is not in .*--accept-licence/],
      [
        ['run', '--gateway', 'ws://127.0.0.1:9', '--mode', 'wake', '--input', 'silence'],
        /The mode wake needs a wake word/,
      ],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await earshot(args, { env: { EARSHOT_MODELS: folder }, cwd: folder }).ended;
      assert.notEqual(code, 0);
      assert.match(stderr, message);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    }
  }));
