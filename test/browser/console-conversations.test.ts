/**
 * Conversations in the console, in Chromium: a real gateway with its embedded cloud, a device that talks, and an operator who looks, searches,
 * plays, exports and deletes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { api } from '../../convex/_generated/api.js';
import type { CloudTurnRecord } from '../../convex/turns.ts';
import { type CloudClients, cloudClients } from '../support/cloud-clients.ts';
import { turnId } from '../support/records.ts';
import { connectDevice } from '../support/wire-device.ts';
import { findFaults } from './accessibility.ts';
import { browserMissing, stepsOf, type WatchedPage, withBrowser } from './browser.ts';
import { goToPlace, openConsoleGateway, signIn } from './console-gateway.ts';
import { readList, scrollList, scrollToNewest, turnAtEdge } from './turn-list.ts';

/** As somebody names a device who wants to run a script in the operator's browser. */
const HOSTILE = '<img src=x onerror=alert(1)>';
/** Of the first turn: a few minutes ago, because an old one without an end does not go on. */
const START_MS = Date.now() - 10 * 60_000;

/** What the gateway tells of a turn. */
async function tell(cloud: CloudClients, n: number, changes: Partial<CloudTurnRecord> = {}, device = 'kitchen') {
  const record: CloudTurnRecord = {
    ...{ turn: turnId(n), session: 's', trigger: 'wake', offline: false, state: 'streaming' },
    startedAt: START_MS + n * 1_000,
    ...changes,
  };
  await cloud.asGateway.mutation(api.turns.record, { device, record });
}

const done = (words: Partial<CloudTurnRecord> = {}) => ({ state: 'idle', outcome: 'done', ...words }) as const;

test('an operator follows, finds and plays conversations', { skip: browserMissing() }, async (t) => {
  const step = stepsOf(t);
  const gateway = await openConsoleGateway(['--open', '--responder', 'parrot']);
  const cloud = cloudClients(gateway.cloud);
  try {
    await withBrowser(async (browser) => {
      const watched = await signIn(browser, gateway, { place: '#/conversations' });
      const { page } = watched;
      const row = (n: number) => page.locator(`li[data-turn="${turnId(n)}"]`);

      await step('before anybody has talked it says so', async () => {
        await page.getByText('No conversations yet').waitFor();
        await isUsable(watched);
      });

      await step('a turn of a device appears, and its recording is drawn and played from any point', async () => {
        const device = await connectDevice(gateway.url, { name: 'hall' });
        const { id } = await device.speak();
        await page.locator(`li[data-turn="${id}"] a`).click();
        await plays(page);
        device.close();
        await isUsable(watched);
      });

      await step('a browser without Ogg Opus plays it, too', async () => {
        await goToPlace(page, '#/conversations');
        // As in Safari before 18.4.
        await page.evaluate(() => {
          HTMLMediaElement.prototype.canPlayType = () => '';
        });
        const decoder = page.waitForResponse('**/talk/opus.wasm');
        await page.locator('li[data-turn] a').click();
        assert.equal((await decoder).status(), 200);
        await plays(page);
        await isUsable(watched);
      });

      await step('the words of both sides are on the page as they come, and markup in them is text', async () => {
        const words = page.locator('.words');
        await tell(cloud, 1, { transcript: HOSTILE }, HOSTILE);
        await row(1).locator('a').click();
        await words.getByText(HOSTILE, { exact: true }).waitFor();
        assert.equal(await page.locator('.turn-detail .pill').textContent(), 'listening');
        await tell(cloud, 1, { state: 'receiving', transcript: `${HOSTILE} please`, replyText: 'It is' }, HOSTILE);
        await words.getByText('It is', { exact: true }).waitFor();
        await tell(cloud, 1, done({ transcript: `${HOSTILE} please`, replyText: 'It is <b>sunny</b>.' }), HOSTILE);
        await words.getByText('It is <b>sunny</b>.', { exact: true }).waitFor();
        await row(1).getByText('It is <b>sunny</b>.').waitFor();
        await page.locator('.turn-detail h2', { hasText: HOSTILE }).waitFor();
        assert.equal(await page.locator('main img, .words b, li b b').count(), 0);
      });

      await step('a failure says what happened and what to do, and tools and stages are told', async () => {
        const error = { code: 'assistant_failed', message: 'The model is away', hint: 'Look at its log.' };
        await tell(cloud, 2, { state: 'error', outcome: 'failed', transcript: 'hello', error });
        await row(2).getByText('The model is away').waitFor();
        await row(2).locator('a').click();
        const told = await page.locator('.turn-detail [role=alert]').textContent();
        assert.match(told ?? '', /The model is away\. Look at its log\..*assistant_failed/);
        const tools = [{ name: 'set_timer', input: '{"durationMs":60000}' }];
        const latencyMs = { uplink: 14, cloud: 700, recognition: 200, total: 714 };
        await tell(cloud, 3, done({ tools, latencyMs, transcript: 'set a timer for tea', replyText: 'It is set.' }));
        await row(3).locator('a').click();
        await page.locator('.tool', { hasText: 'set_timer' }).getByText('"durationMs": 60000').waitFor();
        const stages = await page.locator('.turn-detail .stages').getAttribute('aria-label');
        assert.equal(stages, '714 ms: To the gateway 14 ms, Understanding 200 ms, Gateway 500 ms');
        await isUsable(watched);
      });

      await step('filters and a search are in the address, and search marks what it found', async () => {
        await page.getByRole('button', { name: 'Errors' }).click();
        await page.waitForFunction(() => document.querySelectorAll('li[data-turn]').length === 1);
        assert.match(page.url(), /errors=only/);
        await row(2).waitFor();
        await page.getByRole('button', { name: 'Errors' }).click();
        await page.getByLabel('Up to this day').fill('2020-01-31');
        await page.getByText('Nothing was said by then').waitFor();
        assert.match(page.url(), /upTo=2020-01-31/);
        await page.getByLabel('Up to this day').fill('');
        await row(3).waitFor();
        await page.getByLabel('Search in what was said').fill('timer te');
        await page.locator('mark', { hasText: 'timer' }).first().waitFor();
        await page.waitForFunction(() => document.querySelectorAll('li[data-turn]').length === 1);
        await page.waitForURL(/search=timer/);
        await page.reload();
        await page.locator('mark', { hasText: 'timer' }).first().waitFor();
        assert.equal(await page.locator('li[data-turn]').count(), 1);
        assert.equal(await page.getByLabel('Search in what was said').inputValue(), 'timer te');
        await goToPlace(page, `#/conversations?device=${encodeURIComponent(HOSTILE)}`);
        await row(1).waitFor();
        assert.equal(await page.locator('li[data-turn]').count(), 1);
        await goToPlace(page, '#/conversations?search=nobody+said+that');
        await page.getByText('Nobody said that').waitFor();
      });

      await step(
        'while turns arrive the list loses none and doubles none, the place of the person stays, and the list stays short',
        async () => {
          await goToPlace(page, '#/conversations?device=attic');
          const older = Array.from({ length: 130 }, (_, i) => 100 + i);
          await Promise.all(older.map((n) => tell(cloud, n, done({ transcript: `older ${n}` }), 'attic')));
          await goToPlace(page, '#/conversations');
          await row(229).waitFor();
          await goToPlace(page, '#/conversations?device=attic');
          await page.waitForFunction(() => Number(document.querySelector('li[data-turn]')?.ariaSetSize) >= 25);
          await row(229).waitFor();
          const edge = await scrollList(page, 3_000);
          const newer = Array.from({ length: 60 }, (_, i) => 300 + i);
          await Promise.all(newer.map((n) => tell(cloud, n, done({ transcript: `newer ${n}` }), 'attic')));
          await page.waitForFunction(() => Number(document.querySelector('li[data-turn]')?.ariaPosInSet) > 60);
          assert.equal(await turnAtEdge(page), edge);
          // More of them, and they are not awaited any more by who reads further down.
          const newest = Array.from({ length: 60 }, (_, i) => 360 + i);
          await Promise.all(newest.map((n) => tell(cloud, n, done({ transcript: `newest ${n}` }), 'attic')));
          await page.waitForFunction(() => Number(document.querySelector('li[data-turn]')?.ariaPosInSet) < 60);
          assert.equal(await turnAtEdge(page), edge);
          await scrollToNewest(page, turnId(419));
          assert.deepEqual(await readList(page), [...older, ...newer, ...newest].reverse().map(turnId));
        },
      );

      await step('the keyboard goes through the list, and a turn is deleted after a question', async () => {
        await goToPlace(page, '#/conversations?device=kitchen');
        await row(3).locator('a').focus();
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Enter');
        await page.locator('.turn-detail [role=alert]').waitFor();
        await page.getByRole('button', { name: 'Delete' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
        await row(2).waitFor({ state: 'detached' });
        await goToPlace(page, `#/conversations?turn=${turnId(2)}&of=kitchen`);
        await page.getByText('This turn is not stored').waitFor();
      });

      await step('on a phone a turn takes the place of the list, and the list keeps its place', async () => {
        await page.setViewportSize({ width: 320, height: 640 });
        await goToPlace(page, '#/conversations?device=attic');
        await row(419).waitFor();
        const edge = await scrollList(page, 900);
        await page.locator('li[data-turn] a').nth(8).click();
        await page.locator('.turn-detail h2', { hasText: 'attic' }).waitFor();
        assert.equal(await page.locator('.turn-side').isVisible(), false);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
        await page.getByRole('link', { name: 'Close this turn' }).click();
        assert.equal(await turnAtEdge(page), edge);
        await isUsable(watched);
      });

      await step('a viewer reads, and is offered nothing that changes anything', async () => {
        const viewer = await signIn(browser, gateway, {
          role: 'viewer',
          place: `#/conversations?turn=${turnId(3)}&of=kitchen`,
        });
        await viewer.page.locator('.words', { hasText: 'It is set.' }).waitFor();
        assert.equal(await viewer.page.getByRole('button', { name: 'Delete' }).count(), 0);
        assert.deepEqual(viewer.complaints, []);
        await viewer.page.close();
      });

      assert.deepEqual(watched.foreign, []);
    });
  } finally {
    await cloud.close();
    await gateway.end();
  }
});

/** Rules of accessibility, and no error in the console. */
async function isUsable({ page, complaints }: WatchedPage): Promise<void> {
  assert.deepEqual(await findFaults(page), []);
  assert.deepEqual(complaints, []);
}

async function plays(page: Page): Promise<void> {
  const slider = page.getByRole('slider', { name: 'Place in the recording' });
  await slider.waitFor();
  // A canvas that nobody has drawn has the default width.
  await page.waitForFunction(
    () => (document.querySelector<HTMLCanvasElement>('.waveform canvas')?.width ?? 300) !== 300,
  );
  const colours = await page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.waveform canvas');
    return new Set(canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, 12).data).size;
  });
  assert.ok(colours > 1, 'the loudest parts reach the upper edge');
  const place = () => page.evaluate(() => document.querySelector('audio')?.currentTime ?? -1);
  await page.getByRole('button', { name: 'Play the recording' }).click();
  await page.waitForFunction(() => (document.querySelector('audio')?.currentTime ?? 0) > 0.2);
  // Not by the button: a short recording may be over before it is found.
  await page.evaluate(() => document.querySelector('audio')?.pause());
  await slider.focus();
  await page.keyboard.press('Home');
  await page.waitForFunction(() => document.querySelector('audio')?.currentTime === 0);
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelector('audio')?.currentTime === 1);
  const box = await slider.boundingBox();
  assert.ok(box);
  await page.mouse.click(box.x + box.width * 0.5, box.y + box.height / 2);
  await page.waitForFunction(() => (document.querySelector('audio')?.currentTime ?? 0) > 1);
  const durationS = await page.evaluate(() => document.querySelector('audio')?.duration ?? 0);
  assert.ok(Math.abs((await place()) - durationS / 2) < 0.1, `${await place()} of ${durationS}`);
}
