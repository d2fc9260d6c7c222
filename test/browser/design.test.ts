/**
 * The design language in Chromium: the specimen of all components, at every width and in both themes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { findFaults } from './accessibility.ts';
import { browserMissing, withBrowser } from './browser.ts';
import { withSpecimen } from './specimen.ts';

const WIDTHS = [320, 390, 768, 1_280, 1_920];

test('the components are accessible, fit every width, and work by keyboard', { skip: browserMissing() }, () =>
  withSpecimen((url) =>
    withBrowser(async ({ open }) => {
      const { page, foreign, complaints } = await open(url);
      await page.waitForSelector('.icons');
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        assert.deepEqual(await findFaults(page), [], colorScheme);
      }
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `fits ${width} px`);
      }

      // At level 0 a meter has none of its colours, also not at its round ends.
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      assert.ok((await colourOfMeter(page, '0.5')) > 60, 'a level has a colour');
      assert.ok((await colourOfMeter(page, '0')) < 16, 'none has none');

      // One of a few: arrow keys choose and go round.
      const chosen = () => page.textContent('[role=radio][aria-checked=true]');
      await page.locator('[role=radio][aria-checked=true]').focus();
      await page.keyboard.press('ArrowLeft');
      assert.equal(await chosen(), 'Voice');
      await page.keyboard.press('ArrowRight');
      assert.equal(await chosen(), 'Hold');

      // A dialog has the focus, and gives it back.
      const revoke = page.getByRole('button', { name: 'Revoke…' });
      await revoke.click();
      const dialog = page.getByRole('dialog', { name: 'Revoke kitchen?' });
      await dialog.waitFor();
      assert.deepEqual(await findFaults(page), [], 'with a dialog');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      assert.ok(await revoke.evaluate((button) => button === document.activeElement));
      await revoke.click();
      await dialog.waitFor();
      await page.mouse.click(2, 2);
      await dialog.waitFor({ state: 'detached' });

      // A failure stays until it is closed.
      await page.getByRole('button', { name: 'Revoke', exact: true }).click();
      const toast = page.locator('.toast', { hasText: 'The line is cut' });
      await toast.getByRole('button', { name: 'Close' }).click();
      await toast.waitFor({ state: 'detached' });

      // The theme is chosen, and kept.
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await page.emulateMedia({ colorScheme: 'light' });
      const light = await ground();
      await page.getByRole('button', { name: 'Theme: as the system' }).click();
      assert.notEqual(await ground(), light);
      await page.reload();
      await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
      assert.notEqual(await ground(), light);
      assert.deepEqual({ foreign, complaints }, { foreign: [], complaints: [] });
    }),
  ),
);

/** The most that two of red, green and blue differ in a pixel of the meter at this level. */
async function colourOfMeter(page: Page, level: string): Promise<number> {
  const meter = page.locator('.meter');
  await meter.evaluate((bar, share) => {
    bar.style.setProperty('--level', share);
    bar.style.setProperty('--peak', '0');
  }, level);
  const picture = (await meter.screenshot()).toString('base64');
  return await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    canvas?.drawImage(bitmap, 0, 0);
    const { data = new Uint8ClampedArray() } = canvas?.getImageData(0, 0, bitmap.width, bitmap.height) ?? {};
    let most = 0;
    for (let i = 0; i < data.length; i += 4) {
      const colours = [...data.subarray(i, i + 3)];
      most = Math.max(most, Math.max(...colours) - Math.min(...colours));
    }
    return most;
  }, picture);
}
