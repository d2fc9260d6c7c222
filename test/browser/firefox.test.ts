/**
 * The talk page in Debian's Firefox: a question that is spoken into its microphone gets a spoken answer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUNDLED_QUESTION } from '../../src/core/files/bundled.ts';
import { testModel } from '../support/models.ts';
import { readSamples } from '../support/speech.ts';
import { type ConsoleGateway, openConsoleGateway } from './console-gateway.ts';
import { type FirefoxPage, firefoxMissing, withFirefox } from './firefox.ts';
import { type BrowserSound, startBrowserSound } from './sound.ts';
import { ASSISTANT, assertAnswered, type SpokenTurn } from './spoken-answer.ts';

/** Firefox hung at one of the first ten when the page read `outputLatency`. */
const STARTS = 20;
/** WebDriver's name of the key. */
const ENTER = '\uE007';

test('a spoken question gets a spoken answer in Firefox', { skip: firefoxMissing() }, async (context) => {
  const sound = await startBrowserSound();
  if (!sound && process.env.EARSHOT_REQUIRE_SOUND !== '1') return context.skip('there is no PulseAudio here');
  assert.ok(sound, 'there is no PulseAudio here');
  await testModel('moonshine-tiny');
  await testModel('flite');
  const gateway = await openConsoleGateway([], ASSISTANT);
  try {
    await withFirefox(
      async ({ open }) => {
        const page = await open(`${gateway.origin}/talk/`);
        await pair(page, gateway);
        await assertAnswered((before) => ask(page, sound, before));
        assert.deepEqual({ foreign: page.foreign, complaints: page.complaints }, { foreign: [], complaints: [] });
      },
      { env: sound.env },
    );
  } finally {
    await gateway.end();
    await sound.stop();
  }
});

test('its audio starts again and again, and the page always answers', { skip: firefoxMissing() }, async (context) => {
  const sound = await startBrowserSound();
  if (!sound && process.env.EARSHOT_REQUIRE_SOUND !== '1') return context.skip('there is no PulseAudio here');
  assert.ok(sound, 'there is no PulseAudio here');
  const gateway = await openConsoleGateway([], { EARSHOT_RESPONDER: 'parrot' });
  try {
    await withFirefox(
      async ({ open }) => {
        const page = await open(`${gateway.origin}/talk/`);
        await pair(page, gateway);
        for (let start = 0; start < STARTS; start += 1) await startAudio(page);
      },
      { env: sound.env },
    );
  } finally {
    await gateway.end();
    await sound.stop();
  }
});

/** A turn, and the page is loaded again. */
async function startAudio(page: FirefoxPage): Promise<void> {
  await tap(page);
  await page.waitFor(() => document.querySelector('.dock')?.getAttribute('data-conversation') === 'streaming');
  await tap(page);
  await page.waitFor(() => document.querySelector('.turn[data-phase="over"]') !== null);
  await page.evaluate(() => void setTimeout(() => location.reload(), 50));
  await page.waitFor(
    () =>
      document.querySelector('.turn') === null &&
      document.querySelector<HTMLButtonElement>('#talk')?.disabled === false &&
      document.querySelector('#status[data-link="connected"]') !== null,
  );
}

async function pair(page: FirefoxPage, gateway: ConsoleGateway): Promise<void> {
  await page.waitFor(() => /^\d{3} \d{3}$/.test(document.querySelector('.pairing-code')?.textContent ?? ''));
  const code = await page.evaluate(() => document.querySelector('.pairing-code')?.textContent?.replace(' ', '') ?? '');
  await gateway.command('pair', 'approve', code);
  await page.waitFor(() => document.querySelector<HTMLButtonElement>('#talk')?.disabled === false);
}

async function ask(page: FirefoxPage, sound: BrowserSound, before: number): Promise<SpokenTurn> {
  const endRecording = await sound.record();
  await tap(page);
  await page.waitFor(() => document.querySelector('.dock')?.getAttribute('data-conversation') === 'streaming');
  await sound.say(readSamples(BUNDLED_QUESTION));
  await tap(page);
  // Not its states: a page that is asked now and then may miss the shorter ones.
  await page.waitFor((turns) => document.querySelectorAll('.turn[data-phase="over"]').length > turns, before);
  const played = await endRecording();
  const [question = '', answer = ''] = await page.evaluate(
    (turn) =>
      ['.by-person', '.by-earshot'].map(
        (side) => document.querySelectorAll('.turn')[turn]?.querySelector(side)?.lastChild?.textContent ?? '',
      ),
    before,
  );
  return { question, answer, played };
}

/** A press of Enter, which has no duration: the first begins the turn, the second ends it. */
async function tap(page: FirefoxPage): Promise<void> {
  await page.evaluate(() => document.querySelector<HTMLElement>('#talk')?.focus());
  await page.key('down', ENTER);
  await page.key('up', ENTER);
}
