/**
 * The talk page with the assistant: what somebody lets it say in the console, and by a command; and a spoken question, whose spoken answer is
 * recorded at the speaker and says what its caption says.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { BUNDLED_QUESTION } from '../../src/core/files/bundled.ts';
import { SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import { testModel } from '../support/models.ts';
import { readSamples } from '../support/speech.ts';
import { type Browser, browserMissing, withBrowser } from './browser.ts';
import { type ConsoleGateway, openConsoleGateway, signIn } from './console-gateway.ts';
import { type BrowserSound, startBrowserSound } from './sound.ts';
import { ASSISTANT, assertAnswered, type SpokenTurn } from './spoken-answer.ts';

test('a spoken question gets an answer that says what its caption says; what the console and a command let it say is heard and shown', {
  skip: browserMissing(),
}, async (context) => {
  const sound = await startBrowserSound();
  if (!sound && process.env.EARSHOT_REQUIRE_SOUND !== '1') return context.skip('there is no PulseAudio here');
  assert.ok(sound, 'there is no PulseAudio here');
  await testModel('moonshine-tiny');
  await testModel('flite');
  const gateway = await openConsoleGateway(['--open'], ASSISTANT);
  try {
    await withBrowser(
      async (browser) => {
        await browser.context.grantPermissions(['microphone']);
        // The browser's suppression of noise takes the first words for noise.
        await browser.context.addInitScript(() =>
          localStorage.setItem('earshot.talk', JSON.stringify({ name: 'page', echoCancellation: false })),
        );
        const { page } = await browser.open(`${gateway.origin}/talk/`);
        await page.waitForSelector('#status[data-link="connected"]');
        await assertAnnounced(page, sound, browser, gateway);
        await assertSaidByCommand(page, gateway);
        // The announcements are the first two turns.
        await assertAnswered((before) => ask(page, sound, before + 2));
      },
      { env: sound.env },
    );
  } finally {
    await gateway.end();
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
async function assertAnnounced(
  page: Page,
  sound: BrowserSound,
  browser: Browser,
  gateway: ConsoleGateway,
): Promise<void> {
  const { page: desk } = await signIn(browser, gateway, { place: '#/devices/page' });
  const announced = (state: string) => desk.locator(`.announced-row[data-state="${state}"]`).waitFor();
  await desk.getByLabel('What page should say').fill('Dinner is ready');
  await desk.getByRole('button', { name: 'Say it' }).click();
  await announced('offered');
  await page.bringToFront();
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
  await announced('played');
  await desk.close();
}

/** Somebody has pressed the page: what it is to say is played at once. */
async function assertSaidByCommand(page: Page, gateway: ConsoleGateway): Promise<void> {
  await gateway.command('say', 'page', 'Tea is ready');
  await page.locator('.turn[data-phase="over"]').nth(1).waitFor();
  assert.equal(await page.locator('.turn').nth(1).locator('.by-earshot').textContent(), 'Earshot: Tea is ready');
}
