/**
 * The talk page as a device of a gateway that knows its devices: paired by a click in the console, revoked, and paired again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { encode } from 'uqr';
import { findFaults } from './accessibility.ts';
import { browserMissing, withBrowser } from './browser.ts';
import { openConsoleGateway, signIn } from './console-gateway.ts';

test('a browser is paired, revoked and paired again', { skip: browserMissing() }, async () => {
  const gateway = await openConsoleGateway();
  try {
    await withBrowser(async (browser) => {
      const { page, complaints } = await browser.open(`${gateway.origin}/talk/`, { width: 320, height: 640 });
      const code = await shownCode(page);
      await page.waitForSelector('.qr-code');
      assert.equal(
        await page.locator('.qr-code > path').getAttribute('d'),
        pathOf(`${gateway.origin}/console/#/devices?code=${code}`),
        'the QR code opens the console at this code',
      );
      assert.deepEqual(await findFaults(page), []);

      const { page: desk } = await signIn(browser, gateway, { place: '#/devices' });
      await desk.locator(`[data-code="${code}"]`).getByRole('button', { name: 'Approve' }).click();
      await page.waitForSelector('#status[data-link="connected"]');
      await page.locator('#talk:enabled').waitFor();
      const { name } = await stored(page);

      await gateway.command('pair', 'revoke', name);
      await page.getByText('does not accept this device any more').waitFor();
      assert.deepEqual(await findFaults(page), []);

      // A browser tells a page nothing of a refused handshake: the gateway does.
      await page.reload();
      await page.getByText('does not accept this device any more').waitFor();
      await page.getByRole('button', { name: 'Pair again' }).click();
      const again = await shownCode(page);
      assert.notEqual(again, code);
      await gateway.command('pair', 'approve', again);
      await page.waitForSelector('#status[data-link="connected"]');

      // With its token it needs no code.
      await page.reload();
      await page.waitForSelector('#status[data-link="connected"]');
      assert.equal((await stored(page)).name, name);
      assert.deepEqual(complaints, []);
    });
  } finally {
    await gateway.end();
  }
});

/** Of the dark modules, as the page draws them. */
function pathOf(text: string): string {
  const { data } = encode(text, { border: 2 });
  return data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
}

async function shownCode(page: Page): Promise<string> {
  const text = await page.locator('.pairing-code').textContent();
  return (text ?? '').replace(' ', '');
}

async function stored(page: Page): Promise<{ name: string; token: string }> {
  return await page.evaluate(() => JSON.parse(localStorage.getItem('earshot.talk') ?? '{}'));
}
