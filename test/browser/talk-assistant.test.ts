/**
 * The talk page with the assistant: an announcement; and a spoken question, whose spoken answer is recorded at the speaker and says what its
 * caption says.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { BUNDLED_QUESTION } from '../../src/core/files/bundled.ts';
import { SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { testModel } from '../support/models.ts';
import { readSamples } from '../support/speech.ts';
import { browserMissing, withBrowser } from './browser.ts';
import { type BrowserSound, startBrowserSound } from './sound.ts';
import { ASSISTANT, assertAnswered, type SpokenTurn } from './spoken-answer.ts';

test('a spoken question gets an answer that says what its caption says; an announcement is heard and shown', {
  skip: browserMissing(),
}, async (context) => {
  const sound = await startBrowserSound();
  if (!sound && process.env.EARSHOT_REQUIRE_SOUND !== '1') return context.skip('there is no PulseAudio here');
  assert.ok(sound, 'there is no PulseAudio here');
  await testModel('moonshine-tiny');
  await testModel('flite');
  try {
    await inTemporaryFolder(async (folder) => {
      const gateway = earshot(['gateway', '--port', '0', '--open', '--json', '--state', folder], { env: ASSISTANT });
      const { url } = JSON.parse(await gateway.line(/"url"/)) as { url: string };
      await withBrowser(
        async ({ open, context: browser }) => {
          await browser.grantPermissions(['microphone']);
          // The browser's suppression of noise takes the first words for noise.
          await browser.addInitScript(() =>
            localStorage.setItem('earshot.talk', JSON.stringify({ name: 'page', echoCancellation: false })),
          );
          const { page } = await open(`${url.replace('ws:', 'http:')}/talk/`);
          await page.waitForSelector('#status[data-link="connected"]');
          await assertAnnounced(page, sound, folder);
          // The announcement is the first turn.
          await assertAnswered((before) => ask(page, sound, before + 1));
        },
        { env: sound.env },
      );
      gateway.kill('SIGTERM');
      await gateway.ended;
    });
  } finally {
    await sound.stop();
  }
});

/** Of 16 bit samples: what only speech is. */
const LOUD = 1_000;

async function ask(page: Page, sound: BrowserSound, before: number): Promise<SpokenTurn> {
  const endRecording = await sound.record();
  await page.locator('#talk').press('Enter');
  await page.waitForSelector('.dock[data-conversation="streaming"]');
  await sound.say(readSamples(BUNDLED_QUESTION));
  await page.locator('#talk').press('Enter');
  await page.locator('.turn[data-phase="over"]').nth(before).waitFor();
  const turn = page.locator('.turn').nth(before);
  const [question, answer] = [
    await turn.locator('.by-person').allTextContents(),
    await turn.locator('.by-earshot').allTextContents(),
  ];
  return {
    question: question.join(' '),
    answer: answer.join(' ').replace('Earshot: ', ''),
    played: await endRecording(),
  };
}

/** On a page on which nobody has pressed anything: the browser would play nothing. */
async function assertAnnounced(page: Page, sound: BrowserSound, state: string): Promise<void> {
  const said = await earshot(['say', 'page', 'Dinner is ready', '--state', state]).ended;
  assert.equal(said.code, 0, said.stderr);
  const hear = page.getByRole('button', { name: 'Hear it' });
  await page.locator('#offered', { hasText: 'Earshot wants to say: “Dinner is ready”' }).waitFor();
  assert.equal(await page.locator('.turn').count(), 0, 'it was not said to nobody');
  const endRecording = await sound.record();
  await hear.click();
  const turn = page.locator('.turn');
  await turn.getByText('Announcement').waitFor();
  await page.locator('.turn[data-phase="over"]').waitFor();
  assert.equal(await hear.count(), 0);
  assert.equal(await turn.locator('.by-earshot').textContent(), 'Earshot: Dinner is ready');
  const { speaker } = await endRecording();
  const loud = speaker.filter((sample) => Math.abs(sample) > LOUD).length;
  assert.ok(loud > SAMPLE_RATE_HZ / 10, `${loud} samples are loud`);
}
