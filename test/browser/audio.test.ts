/** The audio of a page, between a microphone and a speaker of a sound server: test/browser/audio-page hears itself. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { noteAudioContexts } from './audio-contexts.ts';
import { buildAudioPage } from './audio-page/build.ts';
import { browserMissing, stepsOf, withBrowser } from './browser.ts';
import type { FirefoxPage } from './firefox.ts';
import { withServedFolder } from './served-folder.ts';
import { type BrowserSound, startBrowserSound } from './sound.ts';
import { tone, toneShare } from './tone.ts';

const RAW = { echoCancellation: false, noiseSuppression: false, autoGain: false };
/** Longer than the background is remembered (actors/listening/level-gate.ts). */
const SILENCE_MS = 4_500;
const OTHER_SPEAKER = 'headphones';
/** UUIDv7 */
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What both drivers can. */
type Driven = Pick<FirefoxPage, 'evaluate' | 'waitFor'>;

test('audio of a page in Chromium', { skip: browserMissing() }, (context) =>
  withSound(context, (url, sound) =>
    withBrowser(
      async ({ open, context: browser }) => {
        await browser.addInitScript(noteAudioContexts);
        const { page, complaints } = await open(url);
        const driven = drivenOf(page);
        const step = stepsOf(context);
        await step('without permission it says so, and how to give it', async () => {
          const error = await openingFails(driven);
          assert.equal(error.code, 'microphone_denied');
          assert.match(error.hint, /^Allow it/);
        });
        await browser.grantPermissions(['microphone']);
        await step('without a microphone it says so', async () => {
          await sound.connectMicrophone(false);
          assert.equal((await openingFails(driven)).code, 'microphone_missing');
          await sound.connectMicrophone(true);
        });
        await step('what is said is encoded, decoded and played', () => hearsItself(driven, sound));
        await step('a permission that is withdrawn in a turn, and given again', async () => {
          await driven.evaluate(() => window.earshot.send('capture', { type: 'capture.start', turn: 2 }));
          await told(driven, 'capture.started', 2);
          await browser.clearPermissions();
          await told(driven, 'audio.lost');
          await told(driven, 'capture.lost');
          await browser.grantPermissions(['microphone']);
          await told(driven, 'audio.resumed');
          await told(driven, 'capture.recovered');
          await driven.evaluate(() => window.earshot.send('capture', { type: 'capture.abort', turn: 2 }));
        });
        await step('in voice mode speech begins a turn', () => hearsSpeech(driven, sound));
        let disconnectSpeaker = async () => {};
        await step('audio that the browser has closed is started again by the next key, with its speaker', async () => {
          disconnectSpeaker = await sound.connectSpeaker(OTHER_SPEAKER);
          const other = await useSpeaker(driven, OTHER_SPEAKER);
          await startsAgain(page);
          assert.equal(await newestContext(driven, 'sinkId'), other);
        });
        await step('and through the speaker of the system when its own is gone', async () => {
          await startsAgain(page, disconnectSpeaker);
          assert.equal(await newestContext(driven, 'sinkId'), '');
        });
        assert.deepEqual(complaints, []);

        await step('a page over http says why it has no microphone', async () => {
          const insecure = await open(url.replace('127.0.0.1', 'insecure.test'));
          assert.equal((await openingFails(drivenOf(insecure.page))).code, 'insecure_context');
        });
      },
      // A name that is not this machine's own: its pages are not secure.
      { env: sound.env, flags: ['--host-resolver-rules=MAP insecure.test 127.0.0.1'] },
    ),
  ),
);

async function withSound(
  context: TestContext,
  work: (url: string, sound: BrowserSound) => Promise<void>,
): Promise<void> {
  const sound = await startBrowserSound();
  if (!sound && process.env.EARSHOT_REQUIRE_SOUND !== '1') return context.skip('there is no PulseAudio here');
  assert.ok(sound, 'there is no PulseAudio here');
  const folder = mkdtempSync(join(tmpdir(), 'earshot-audio-page-'));
  try {
    await buildAudioPage(folder);
    await withServedFolder(folder, (url) => work(url, sound));
  } finally {
    await sound.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function drivenOf(page: Page): Driven {
  return {
    evaluate: (run, ...given) => page.evaluate(run as never, given[0]),
    async waitFor(isSo, ...given) {
      await page.waitForFunction(isSo as never, given[0]);
    },
  };
}

async function openingFails({ evaluate }: Driven): Promise<{ code: string; hint: string }> {
  return await evaluate(
    (options) =>
      window.earshot.open(options).then(
        () => ({ code: 'it was opened', hint: '' }),
        ({ info }) => info,
      ),
    RAW,
  );
}

async function hearsItself(page: Driven, sound: BrowserSound): Promise<void> {
  await page.evaluate((options) => window.earshot.open({ ...options, playback: 'live' }), RAW);
  const endRecording = await sound.record();
  await page.evaluate(() => {
    window.earshot.send('player', { type: 'player.open', turn: 1, minChunks: 1 });
    window.earshot.send('capture', { type: 'capture.start', turn: 1 });
  });
  await told(page, 'capture.started');
  await sound.say(tone(1_500));
  await page.evaluate(() => window.earshot.send('capture', { type: 'capture.stop', turn: 1 }));
  await told(page, 'player.drained');
  const { speaker, sampleRateHz } = await endRecording();

  const types = await page.evaluate(() => window.earshot.told.map(({ type }) => type));
  const ends = ['capture.ended', 'capture.started', 'encoder.finished', 'player.drained', 'player.draining'];
  for (const type of [...ends, 'player.started']) assert.equal(types.filter((each) => each === type).length, 1, type);
  assert.ok((await page.evaluate(() => window.earshot.frames)) > 50);
  const share = toneShare(speaker, sampleRateHz);
  // All of it on a quiet machine; on a busy one there are gaps, which are concealed. Noise and speech have less than 0.05.
  assert.ok(share > 0.3, `${share} of what was played is the tone that was said`);
}

async function hearsSpeech(page: Driven, sound: BrowserSound): Promise<void> {
  await page.evaluate(() => {
    window.earshot.send('listener', { type: 'listener.open' });
    window.earshot.send('listener', { type: 'listener.attend', to: 'speech', patience: 'normal' });
  });
  await told(page, 'listener.opened');
  // Speech that comes before the module of the detector is not heard, and counts as background for some seconds.
  const speech = Int16Array.from([...new Int16Array(SILENCE_MS * SAMPLES_PER_MS), ...readSamples(SHORT_SPEECH)]);
  const isHeard = told(page, 'speech.started').then(() => true);
  do await sound.say(speech);
  while (!(await Promise.race([isHeard, new Promise((resolve) => setImmediate(resolve, false))])));
  const [start] = await page.evaluate(() => window.earshot.told.filter(({ type }) => type === 'speech.started'));
  assert.match((start as { id?: string } | undefined)?.id ?? '', ID);
}

/** @returns its id */
async function useSpeaker(page: Driven, name: string): Promise<string> {
  await page.waitFor(
    async (wanted) => (await window.earshot.audio?.speakers())?.some(({ label }) => label === wanted) === true,
    name,
  );
  return await page.evaluate(async (wanted) => {
    const { audio } = window.earshot;
    const id = (await audio?.speakers())?.find(({ label }) => label === wanted)?.id ?? '';
    await audio?.useSpeaker(id);
    return id;
  }, name);
}

/** The browser closes the audio, and the person presses a key. */
async function startsAgain(page: Page, meanwhile = async () => {}): Promise<void> {
  const driven = drivenOf(page);
  const before = await driven.evaluate(() => window.earshot.told.length);
  const toldSince = (type: string) =>
    driven.waitFor(({ from, wanted }) => window.earshot.told.slice(from).some(({ type }) => type === wanted), {
      from: before,
      wanted: type,
    });
  await driven.evaluate(() => window.audioContexts.at(-1)?.close());
  await toldSince('audio.interrupted');
  await meanwhile();
  await page.keyboard.press('a');
  await toldSince('audio.resumed');
  // Its actors are started again by who has started them.
  await toldSince('actor.crashed');
  assert.equal(await newestContext(driven, 'state'), 'running');
}

function newestContext(page: Driven, property: 'state' | 'sinkId'): Promise<string | undefined> {
  return page.evaluate((name) => window.audioContexts.at(-1)?.[name], property);
}

async function told(page: Driven, type: string, turn?: number): Promise<void> {
  await page.waitFor(
    ({ wanted, of }) =>
      window.earshot.told.some(
        (event) => event.type === wanted && (of === null || (event as { turn?: number }).turn === of),
      ),
    { wanted: type, of: turn ?? null },
  );
}
