/**
 * The talk page with the assistant: a spoken question, whose spoken answer is recorded at the speaker and says what its caption says.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUNDLED_QUESTION } from '../../src/core/files/bundled.ts';
import { countWordErrors, wordErrorRate } from '../../src/tools/eval/words/word-errors.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { testModel, testModelsFolder } from '../support/models.ts';
import { readSamples } from '../support/speech.ts';
import { wavOf } from '../support/wav-of.ts';
import { browserMissing, withBrowser } from './browser.ts';
import { startBrowserSound } from './sound.ts';

/** The recogniser hears “seven p m” as “seventy m”; on a busy machine the sound has gaps. Words of another answer would be other ones. */
const MAX_WORD_ERROR_RATE = 0.6;
const env = {
  EARSHOT_RESPONDER: 'assistant',
  EARSHOT_MODELS: testModelsFolder,
  TZ: 'UTC',
  XDG_CONFIG_HOME: '/nowhere',
};

test('a spoken question gets an answer that says what its caption says', {
  skip: browserMissing(),
}, async (context) => {
  const sound = await startBrowserSound();
  if (!sound && process.env.EARSHOT_REQUIRE_SOUND !== '1') return context.skip('there is no PulseAudio here');
  assert.ok(sound, 'there is no PulseAudio here');
  await testModel('moonshine-tiny');
  await testModel('flite');
  try {
    await inTemporaryFolder(async (folder) => {
      const gateway = earshot(['gateway', '--port', '0', '--open', '--json', '--state', folder], { env });
      const { url } = JSON.parse(await gateway.line(/"url"/)) as { url: string };
      const { caption, recording } = await withBrowser(
        async ({ open, context: browser }) => {
          await browser.grantPermissions(['microphone']);
          // The browser's suppression of noise takes the first words for noise.
          await browser.addInitScript(() =>
            localStorage.setItem('earshot.talk', JSON.stringify({ echoCancellation: false })),
          );
          const { page } = await open(`${url.replace('ws:', 'http:')}/talk/`);
          await page.waitForSelector('#status[data-link="connected"]');
          const endRecording = await sound.record();
          await page.locator('#talk').press('Enter');
          await page.waitForSelector('.dock[data-conversation="streaming"]');
          await sound.say(readSamples(BUNDLED_QUESTION));
          await page.locator('#talk').press('Enter');
          await page.waitForSelector('.turn[data-phase="over"]');
          const said = (await page.textContent('.by-person')) ?? '';
          assert.match(said, /what time is it/i);
          return { caption: (await page.textContent('.by-earshot')) ?? '', recording: await endRecording() };
        },
        { env: sound.env },
      );
      gateway.kill('SIGTERM');
      await gateway.ended;
      const wav = join(folder, 'answer.wav');
      writeFileSync(wav, wavOf([recording.speaker], recording.sampleRateHz));
      const files = ['--input', wav, '--output', 'null', '--state', join(folder, 'listener')];
      const { stdout, stderr } = await earshot(['start', '--once', '--json', ...files], { env }).ended;
      const { transcript = '' } = JSON.parse(stdout || assert.fail(stderr)) as { transcript?: string };
      const text = caption.replace('Earshot: ', '');
      const errorRate = wordErrorRate(countWordErrors(text, transcript)) ?? 1;
      assert.ok(errorRate <= MAX_WORD_ERROR_RATE, `“${text}” was heard as “${transcript}”`);
    });
  } finally {
    await sound.stop();
  }
});
