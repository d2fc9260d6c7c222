/**
 * The talk page as a person uses it, in Chromium between a microphone and a speaker of a sound server, with the real gateway.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { startFaultProxy } from '../faults/proxy.ts';
import { eventually } from '../support/eventually.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { findFaults } from './accessibility.ts';
import { browserMissing, type Step, stepsOf, type WatchedPage, withBrowser } from './browser.ts';
import { type BrowserSound, startBrowserSound } from './sound.ts';
import {
  ANSWER,
  assertWhole,
  INSECURE_NAME,
  QUESTION,
  recordedTurns,
  type TalkGateway,
  withTalkGateway,
} from './talk-gateway.ts';
import { tone, toneShare } from './tone.ts';

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 320, height: 640 };
/** A name that is not this machine's own: its pages are not secure. */
const FLAGS = [`--host-resolver-rules=MAP ${INSECURE_NAME} 127.0.0.1`];
/** For which sound counts as background (actors/listening/level-gate.ts), and more. */
const BACKGROUND_MS = 4_500;
/** A busy machine may lose a part of what is said. */
const MOST_TRIES = 5;
/** The browser's own processing of sound would change the tone. */
const RAW = () =>
  localStorage.setItem('earshot.talk', JSON.stringify({ name: location.host, echoCancellation: false }));

/** What the page has said above the turns, also if only for a moment. */
const NOTICES = () => {
  window.notices = [];
  new MutationObserver(() => window.notices.push(document.querySelector('#notices')?.textContent ?? '')).observe(
    document,
    { subtree: true, childList: true, characterData: true },
  );
};

declare global {
  interface Window {
    notices: string[];
  }
}

interface Scene {
  step: Step;
  browser: BrowserContext;
  open(url: string, viewport?: { width: number; height: number }): Promise<WatchedPage>;
  talk: TalkGateway;
  sound: BrowserSound;
}

test('the talk page', { skip: browserMissing() }, async (context) => {
  const sound = await startBrowserSound();
  if (!sound && process.env.EARSHOT_REQUIRE_SOUND !== '1') return context.skip('there is no PulseAudio here');
  assert.ok(sound, 'there is no PulseAudio here');
  try {
    await withTalkGateway((talk) =>
      withBrowser(
        async ({ open, context: browser }) => {
          await browser.addInitScript(RAW);
          await browser.addInitScript(NOTICES);
          await run({ step: stepsOf(context), browser, open, talk, sound });
        },
        { env: sound.env, flags: FLAGS },
      ),
    );
  } finally {
    await sound.stop();
  }
});

async function run(scene: Scene): Promise<void> {
  const { step, browser, open, talk } = scene;
  const watched = await open(talk.url, PHONE);
  const { page } = watched;
  await state(page, 'connected');
  await step('without permission it says so and what to do, and goes on when it is given', () =>
    permission(page, browser),
  );
  await step('a spoken question gets a spoken answer, with captions and its latency', () => answered(scene, page));
  await step('a press while the answer plays interrupts it', () => interrupted(scene, page));
  await step(
    'a line that is cut in the middle of a turn: every frame arrives once, and ?inspect shows the machine',
    () => cut(scene),
  );
  await step('hands free: speech begins a turn, silence ends it, and speech interrupts the answer', () =>
    handsFree(scene, page),
  );
  await step('without a connection what is said is stored in the browser, and delivered by the next visit', () =>
    unsent(scene),
  );
  await step('what is said is discarded by escape', () => discarded(scene, page));
  await step('a second tab says that another has the connection, and takes it', () => tabs(scene, page));
  await step(
    'the newest words stay in sight when the window has another size, unless the person reads further up',
    () => resized(page),
  );
  await step('it is accessible in each of these states', async () => {
    assert.deepEqual(await findFaults(page), []);
  });
  await step('without a microphone it says so', () => noMicrophone(scene));
  await step('over http it says that the browser gives no microphone, and the ways to https', () => http(scene));
  assert.deepEqual(watched.foreign, []);
  assert.deepEqual(watched.complaints, []);
}

/** A press without a duration, as of a screen reader: how long a click of a test takes depends on the machine. */
async function tap(page: Page): Promise<void> {
  await page.locator('#talk').press('Enter');
}

async function state(page: Page, link: string): Promise<void> {
  await page.waitForSelector(`#status[data-link="${link}"]`);
}

async function conversation(page: Page, name: string): Promise<void> {
  await page.waitForSelector(`.dock[data-conversation="${name}"]`);
}

/** The turn with this place in the list has ended. */
async function over(page: Page, nth: number): Promise<void> {
  await page.locator('.turn').nth(nth).and(page.locator('[data-phase="over"]')).waitFor();
}

async function permission(page: Page, browser: BrowserContext): Promise<void> {
  await tap(page);
  await page.waitForSelector('#problem');
  assert.match((await page.textContent('#problem')) ?? '', /may not use the microphone.*Allow the microphone/s);
  assert.deepEqual(await findFaults(page), []);
  await browser.grantPermissions(['microphone']);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.waitForSelector('.dock[data-microphone="open"]');
  await page.locator('#problem').waitFor({ state: 'detached' });
}

async function answered({ sound, talk }: Scene, page: Page): Promise<void> {
  const endRecording = await sound.record();
  await tap(page);
  await conversation(page, 'streaming');
  await sound.say(tone(1_500));
  await page.locator('.by-person', { hasText: 'what time' }).waitFor();
  await tap(page);
  await over(page, 0);
  const { speaker, sampleRateHz } = await endRecording();
  const share = toneShare(speaker, sampleRateHz);
  // A busy machine leaves gaps, which are concealed.
  assert.ok(share > 0.5, `${share} of what was played is the tone that was said`);
  assert.equal(await page.textContent('.by-person'), `You: ${QUESTION}`);
  assert.equal(await page.textContent('.by-earshot'), `Earshot: ${ANSWER.join(' ')}`);
  assert.match((await page.textContent('.turn-latency summary')) ?? '', /\d m?s to the answer/);
  await page.locator('.turn-latency summary').click();
  const stages = await page.locator('.turn-latency .legend li').allTextContents();
  // Both clocks agree to a fraction of the round trip: on a busy machine one of the two ways may take no time.
  assert.match(stages.join(), /Microphone.*(To the gateway|To the device).*Jitter buffer.*Loudspeaker/);
  assert.match((await page.textContent('#spoken')) ?? '', new RegExp(`You said: ${QUESTION.replace('?', '\\?')}`));
  assertWhole(talk);
}

async function interrupted({ sound, talk }: Scene, page: Page): Promise<void> {
  talk.repetitions = 10;
  await tap(page);
  await conversation(page, 'streaming');
  await sound.say(tone(2_000));
  await tap(page);
  await conversation(page, 'playing');
  await page.keyboard.down(' ');
  await conversation(page, 'streaming');
  await page.locator('.turn', { hasText: 'Interrupted' }).waitFor();
  talk.repetitions = 1;
  await sound.say(tone(500));
  await page.keyboard.up(' ');
  await over(page, 2);
  await recordedTurns(talk, 3);
  assertWhole(talk);
}

async function cut({ open, sound, talk }: Scene): Promise<void> {
  const { port } = new URL(talk.url);
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: Number(port) } });
  try {
    const { page } = await open(`${talk.url.replace(port, String(proxy.port))}?inspect`, DESK);
    await state(page, 'connected');
    await page.waitForSelector('[data-state="conversation.idle"].on');
    const before = talk.recorded.length;
    await tap(page);
    await conversation(page, 'streaming');
    const saying = sound.say(tone(2_500));
    await page.locator('.by-person', { hasText: 'what time' }).waitFor();
    await page.waitForSelector('[data-state="conversation.streaming"].on');
    proxy.reset();
    await page.waitForFunction(() => window.notices.some((text) => /no connection.*stored in this browser/.test(text)));
    await state(page, 'connected');
    await saying;
    await tap(page);
    await over(page, 0);
    await recordedTurns(talk, before + 1);
    assertWhole(talk);
    await page.close();
  } finally {
    await proxy.close();
  }
}

async function handsFree({ sound, talk }: Scene, page: Page): Promise<void> {
  const [turns, before] = [page.locator('.turn'), talk.recorded.length];
  const turnsBefore = await turns.count();
  // Without echo cancellation an answer could interrupt itself.
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.locator('#echo-cancellation').check();
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  talk.repetitions = 10;
  await page.locator('#hands-free').check();
  // Speech that comes before the module of the detector is not heard, and counts as background for some seconds.
  const speech = readSamples(SHORT_SPEECH);
  const after = Int16Array.from([...new Int16Array(BACKGROUND_MS * SAMPLES_PER_MS), ...speech]);
  await sound.say(speech);
  for (let tries = 0; (await turns.count()) === turnsBefore; tries++) {
    assert.ok(tries < MOST_TRIES, 'speech begins a turn');
    await sound.say(after);
  }
  await conversation(page, 'playing');
  talk.repetitions = 1;
  const interrupted = page.locator('.turn', { hasText: 'Interrupted' });
  const interruptedBefore = await interrupted.count();
  for (let tries = 0; (await interrupted.count()) === interruptedBefore; tries++) {
    assert.ok(tries < MOST_TRIES, 'speech interrupts the answer');
    await sound.say(speech);
  }
  await turns.last().and(page.locator('[data-phase="over"]')).waitFor();
  await page.locator('#hands-free').uncheck();
  await eventually(() => talk.recorded.length > before + 1, 'both turns are recorded');
  assertWhole(talk);
}

async function unsent({ open, sound, talk }: Scene): Promise<void> {
  const { port } = new URL(talk.url);
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: Number(port) } });
  const url = talk.url.replace(port, String(proxy.port));
  try {
    const { page } = await open(url, PHONE);
    await state(page, 'connected');
    // It has the microphone.
    await tap(page);
    await conversation(page, 'streaming');
    await page.keyboard.press('Escape');
    await page.locator('.turn', { hasText: 'Discarded' }).waitFor();
    const before = talk.recorded.length;
    proxy.reset();
    proxy.vanish();
    await state(page, 'reconnecting');
    await tap(page);
    await conversation(page, 'streaming');
    await sound.say(tone(1_000));
    await tap(page);
    await page.getByText('One turn is stored in this browser').waitFor();
    await page.close();
    assert.equal(talk.recorded.length, before);
    proxy.reach();
    const { page: later } = await open(url, PHONE);
    await later.getByText('One turn from before was delivered').waitFor();
    assert.deepEqual(
      talk.recorded.slice(before).map(({ offline }) => offline),
      [true],
    );
    assertWhole(talk);
    await later.close();
  } finally {
    await proxy.close();
  }
}

async function discarded({ talk }: Scene, page: Page): Promise<void> {
  await tap(page);
  await conversation(page, 'streaming');
  await page.keyboard.press('Escape');
  const id = await page.locator('.turn', { hasText: 'Discarded' }).getAttribute('data-turn');
  assert.ok(id && !talk.recorded.some((turn) => turn.id === id));
}

async function tabs({ open, talk }: Scene, first: Page): Promise<void> {
  const { page } = await open(talk.url, PHONE);
  await page.getByText('open in another tab').waitFor();
  await page.getByRole('button', { name: 'Use it in this tab' }).click();
  await state(page, 'connected');
  await first.getByText('open in another tab').waitFor();
  assert.equal(await first.textContent('#status'), 'In another tab');
  await page.close();
  await first.getByRole('button', { name: 'Use it in this tab' }).click();
  await state(first, 'connected');
}

async function resized(page: Page): Promise<void> {
  const isAtEnd = (wanted: boolean) =>
    page.waitForFunction((isWanted) => {
      const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = document.getElementById('main') ?? {};
      return scrollHeight > clientHeight && scrollHeight - scrollTop - clientHeight < 2 === isWanted;
    }, wanted);
  /** The page learns of it in the next frame. */
  const scrollTo = (top: number) =>
    page.evaluate(async (wanted) => {
      document.getElementById('main')?.scrollTo(0, wanted);
      for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    }, top);
  await page.bringToFront();
  await scrollTo(Number.MAX_SAFE_INTEGER);
  await page.setViewportSize({ width: 320, height: 500 });
  await isAtEnd(true);
  await page.setViewportSize({ width: 500, height: 440 });
  await isAtEnd(true);
  await scrollTo(0);
  await page.setViewportSize({ width: 320, height: 500 });
  await isAtEnd(false);
  assert.equal(await page.evaluate(() => document.getElementById('main')?.scrollTop), 0);
  await page.setViewportSize(PHONE);
}

async function noMicrophone({ open, sound, talk }: Scene): Promise<void> {
  await sound.connectMicrophone(false);
  const { page } = await open(talk.url.replace('127.0.0.1', 'localhost'), PHONE);
  await state(page, 'connected');
  await tap(page);
  await page.getByText('There is no microphone').waitFor();
  await page.close();
  await sound.connectMicrophone(true);
}

async function http({ open, talk }: Scene): Promise<void> {
  const { page } = await open(talk.url.replace('127.0.0.1', INSECURE_NAME), PHONE);
  await page.waitForSelector('#problem');
  assert.match((await page.textContent('#problem')) ?? '', /over http.*Tailscale.*Caddy.*mkcert/s);
  assert.ok(await page.locator('#talk').isDisabled());
  await page.close();
}
