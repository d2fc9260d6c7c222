/** The audio of a page in Chromium, between a microphone and a speaker of a sound server: test/browser/audio-page hears itself. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { buildAudioPage } from './audio-page/build.ts';
import { browserMissing, withBrowser } from './browser.ts';
import { withServedFolder } from './served-folder.ts';
import { type BrowserSound, startBrowserSound } from './sound.ts';
import { tone, toneShare } from './tone.ts';

const RAW = { echoCancellation: false, noiseSuppression: false, autoGain: false };

test('audio of a page', { skip: browserMissing() }, async (context) => {
  const sound = await startBrowserSound();
  if (!sound && process.env.EARSHOT_REQUIRE_SOUND !== '1') return context.skip('there is no PulseAudio here');
  assert.ok(sound, 'there is no PulseAudio here');
  const folder = mkdtempSync(join(tmpdir(), 'earshot-audio-page-'));
  await buildAudioPage(folder);
  // A name that is not this machine's own: its pages are not secure.
  const flags = ['--host-resolver-rules=MAP insecure.test 127.0.0.1'];
  try {
    await withServedFolder(folder, (url) =>
      withBrowser(
        async ({ open, context: browser }) => {
          const { page, complaints } = await open(url);
          await context.test('without permission it says so, and how to give it', async () => {
            const error = await openingFails(page);
            assert.equal(error.code, 'microphone_denied');
            assert.match(error.hint, /^Allow it/);
          });
          await browser.grantPermissions(['microphone']);
          await context.test('what is said is encoded, decoded and played', () => hearsItself(page, sound));
          assert.deepEqual(complaints, []);

          await context.test('a page over http says why it has no microphone', async () => {
            const insecure = await open(url.replace('127.0.0.1', 'insecure.test'));
            assert.equal((await openingFails(insecure.page)).code, 'insecure_context');
          });
        },
        { env: sound.env, flags },
      ),
    );
  } finally {
    await sound.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

async function openingFails(page: Page): Promise<{ code: string; hint: string }> {
  return await page.evaluate(
    (options) =>
      window.earshot.open(options).then(
        () => ({ code: 'it was opened', hint: '' }),
        ({ info }) => info,
      ),
    RAW,
  );
}

async function hearsItself(page: Page, sound: BrowserSound): Promise<void> {
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
  await page.evaluate(() => window.earshot.close());

  const types = await page.evaluate(() => window.earshot.told.map(({ type }) => type));
  assert.deepEqual([...types].sort(), [
    'capture.ended',
    'capture.started',
    'encoder.finished',
    'player.drained',
    'player.draining',
    'player.started',
  ]);
  assert.ok((await page.evaluate(() => window.earshot.frames)) > 50);
  const share = toneShare(speaker, sampleRateHz);
  // All of it on a quiet machine; on a busy one there are gaps, which are concealed. Noise and speech have less than 0.05.
  assert.ok(share > 0.3, `${share} of what was played is the tone that was said`);
}

async function told(page: Page, type: string): Promise<void> {
  await page.waitForFunction((wanted) => window.earshot.told.some((event) => event.type === wanted), type);
}
