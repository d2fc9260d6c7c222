/**
 * Who says the questions: recordings of a person, and festival where it is installed.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readSpeechFile } from '../../actors/sound/wav-file.ts';
import { BUNDLED_RECORDING } from '../../src/core/files/bundled.ts';
import { placeSpeech } from '../../src/tools/eval/utterance.ts';
import { openFestival } from '../../src/tools/eval/voices/festival.ts';
import { openRecordings } from '../../src/tools/eval/voices/recordings.ts';
import { inTemporaryFolder } from '../support/cli.ts';

describe('recordings of a person', () => {
  test('are WAV files with their text beside them, found however the text is written', () =>
    inTemporaryFolder(async (folder) => {
      const mine = join(folder, 'anna');
      mkdirSync(mine);
      copyFileSync(BUNDLED_RECORDING, join(mine, 'one.wav'));
      writeFileSync(join(mine, 'one.txt'), "It's 10 minutes.\n");
      writeFileSync(join(mine, 'two.txt'), 'There is no recording of this.');
      const voice = await openRecordings(mine);
      assert.equal(voice.name, 'anna');
      assert.deepEqual(voice.texts, ["It's 10 minutes."]);
      assert.equal((await voice.speak('it is ten minutes'))?.length, (await readSpeechFile(BUNDLED_RECORDING)).length);
      assert.equal(await voice.speak('Another text.'), undefined);
      await voice.close();
    }));

  test('must exist', () =>
    inTemporaryFolder(async (folder) => {
      await assert.rejects(openRecordings(join(folder, 'nobody')), { code: 'file_not_found' });
      await assert.rejects(openRecordings(folder), { code: 'usage', message: /no recordings in/ });
    }));
});

describe('festival', () => {
  test('speaks one text after the other, or is reported as missing with the packages to install', async () => {
    const voice = await openFestival();
    if ('missing' in voice) return assert.match(voice.missing, /apt-get install festival festvox-us-slt-hts/);
    try {
      const short = placeSpeech((await voice.speak('Hello.')) ?? new Int16Array(0));
      const long = placeSpeech((await voice.speak('What is "seven" times (twelve)?')) ?? new Int16Array(0));
      assert.ok(short.length > 11_000 && long.length > short.length, `${short.length} ${long.length}`);
    } finally {
      await voice.close();
    }
  });
});
