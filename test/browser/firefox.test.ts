/**
 * The talk page in Debian's Firefox: a question that is spoken into its microphone gets a spoken answer.
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
import { type ConsoleGateway, openConsoleGateway } from './console-gateway.ts';
import { type FirefoxPage, firefoxMissing, withFirefox } from './firefox.ts';
import { type BrowserSound, type RoomRecording, startBrowserSound } from './sound.ts';

/** The recogniser hears “seven p m” as “seventy m”. It is not what is tested. */
const MAX_WORD_ERROR_RATE = 0.5;
/** WebDriver's name of the key. */
const ENTER = '\uE007';
const ENVIRONMENT = {
  EARSHOT_RESPONDER: 'assistant',
  EARSHOT_MODELS: testModelsFolder,
  TZ: 'UTC',
  XDG_CONFIG_HOME: '/nowhere',
};

test('a spoken question gets a spoken answer in Firefox', { skip: firefoxMissing() }, async (context) => {
  const sound = await startBrowserSound();
  if (!sound && process.env.EARSHOT_REQUIRE_SOUND !== '1') return context.skip('there is no PulseAudio here');
  assert.ok(sound, 'there is no PulseAudio here');
  await testModel('moonshine-tiny');
  await testModel('flite');
  const gateway = await openConsoleGateway([], ENVIRONMENT);
  try {
    await withFirefox(
      async ({ open }) => {
        const page = await open(`${gateway.origin}/talk/`);
        await pair(page, gateway);
        const { answer, speaker } = await ask(page, sound);
        const heard = await transcribe(speaker);
        const errorRate = wordErrorRate(countWordErrors(answer, heard)) ?? 1;
        assert.ok(errorRate <= MAX_WORD_ERROR_RATE, `“${answer}” was heard as “${heard}”`);
        assert.deepEqual({ foreign: page.foreign, complaints: page.complaints }, { foreign: [], complaints: [] });
      },
      { env: sound.env },
    );
  } finally {
    await gateway.end();
    await sound.stop();
  }
});

async function pair(page: FirefoxPage, gateway: ConsoleGateway): Promise<void> {
  await page.waitFor(() => /^\d{3} \d{3}$/.test(document.querySelector('.pairing-code')?.textContent ?? ''));
  const code = await page.evaluate(() => document.querySelector('.pairing-code')?.textContent?.replace(' ', '') ?? '');
  await gateway.command('pair', 'approve', code);
  await page.waitFor(() => document.querySelector<HTMLButtonElement>('#talk')?.disabled === false);
}

async function ask(page: FirefoxPage, sound: BrowserSound): Promise<{ answer: string; speaker: RoomRecording }> {
  const endRecording = await sound.record();
  await tap(page);
  await page.waitFor(() => document.querySelector('.dock')?.getAttribute('data-conversation') === 'streaming');
  await sound.say(readSamples(BUNDLED_QUESTION));
  await tap(page);
  // Not its states: a page that is asked now and then may miss the shorter ones.
  await page.waitFor(() => document.querySelector('.turn[data-phase="over"]') !== null);
  const speaker = await endRecording();
  const [question, answer] = await page.evaluate(() =>
    ['.by-person', '.by-earshot'].map((side) => document.querySelector(`.turn ${side}`)?.lastChild?.textContent ?? ''),
  );
  assert.match(question ?? '', /what time is it/i);
  return { answer: answer ?? '', speaker };
}

/** A press of Enter, which has no duration: the first begins the turn, the second ends it. */
async function tap(page: FirefoxPage): Promise<void> {
  await page.evaluate(() => document.querySelector<HTMLElement>('#talk')?.focus());
  await page.key('down', ENTER);
  await page.key('up', ENTER);
}

/** What the recogniser understands of that which the browser played. */
async function transcribe({ speaker, sampleRateHz }: RoomRecording): Promise<string> {
  return await inTemporaryFolder(async (folder) => {
    const input = join(folder, 'speaker.wav');
    writeFileSync(input, wavOf([speaker], sampleRateHz));
    const files = ['--input', input, '--output', 'null', '--state', join(folder, 'state')];
    const { code, stdout, stderr } = await earshot(['start', '--once', '--json', ...files], {
      env: ENVIRONMENT,
      cwd: folder,
    }).ended;
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { transcript: string }).transcript;
  });
}
