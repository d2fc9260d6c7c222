/**
 * What the talk page asks of the browser beside sound: a slow microphone, another microphone, the screen, the installation, a start without a
 * network. In Chromium with its own fake microphones, so it needs no sound server.
 */
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { startFaultProxy } from '../faults/proxy.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { noteAudioContexts } from './audio-contexts.ts';
import { type Browser, browserMissing, type Step, stepsOf, withBrowser } from './browser.ts';
import { withServedFolder } from './served-folder.ts';
import { type TalkGateway, withTalkGateway } from './talk-gateway.ts';

const BUILT_PAGE = fileURLToPath(new URL('../../dist/pages/talk', import.meta.url));
const FLAGS = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

declare global {
  interface Window {
    /** The microphone opens when this was called. */
    letMicrophone: () => void;
    wantedMicrophones: unknown[];
    heldScreens: number;
  }
}

/** A person who takes a while to permit it; and which microphones were asked for. */
const SLOW_MICROPHONE = () => {
  const { mediaDevices } = navigator;
  if (!mediaDevices) return;
  const permitted = new Promise<void>((resolve) => {
    window.letMicrophone = resolve;
  });
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  window.wantedMicrophones = [];
  mediaDevices.getUserMedia = async (wishes) => {
    window.wantedMicrophones.push(typeof wishes?.audio === 'object' ? wishes.audio.deviceId : undefined);
    await permitted;
    return await open(wishes);
  };
};

/** How many locks of the screen are held. */
const SCREENS = () => {
  window.heldScreens = 0;
  const { wakeLock } = navigator;
  if (!wakeLock) return;
  wakeLock.request = async () => {
    window.heldScreens += 1;
    const sentinel = { released: false, release: async () => {} };
    sentinel.release = async () => {
      if (!sentinel.released) window.heldScreens -= 1;
      sentinel.released = true;
    };
    return sentinel as unknown as WakeLockSentinel;
  };
};

test('the talk page and its device', { skip: browserMissing() }, async (context) => {
  await withTalkGateway((talk) =>
    withBrowser(
      async (browser) => {
        await browser.context.addInitScript(SLOW_MICROPHONE);
        await browser.context.addInitScript(noteAudioContexts);
        await browser.context.addInitScript(SCREENS);
        await run(stepsOf(context), browser, talk);
      },
      { flags: FLAGS },
    ),
  );
});

async function run(step: Step, { open, context: browser }: Browser, talk: TalkGateway): Promise<void> {
  const watched = await open(talk.url);
  const { page } = watched;
  await page.waitForSelector('#status[data-link="connected"]');

  await step('a second press while the microphone opens ends what the first one began', async () => {
    await press(page);
    await press(page);
    await page.evaluate(() => window.letMicrophone());
    await page.getByText('Nothing was recorded').waitFor();
    assert.equal(await page.locator('.turn').count(), 0);
    assert.equal(await page.evaluate(() => window.wantedMicrophones.length), 1);
  });

  await step('three presses while it opens begin one turn', async () => {
    await press(page);
    await conversation(page, 'streaming');
    await page.locator('.turn').waitFor();
  });

  await step('the level of the microphone is shown, and told', async () => {
    // Chromium's fake microphone beeps.
    await page.waitForFunction(() => {
      const meter = document.querySelector<HTMLElement>('.dock .meter');
      return (
        Number(meter?.getAttribute('aria-valuenow')) > -40 && Number(meter?.style.getPropertyValue('--level')) > 0.3
      );
    });
  });

  await step('the screen stays on during a turn, and no longer', async () => {
    await page.waitForFunction(() => window.heldScreens === 1);
    await press(page);
    await page.locator('.turn[data-phase="over"]').waitFor();
    await conversation(page, 'idle');
    await page.waitForFunction(() => window.heldScreens === 0);
    await page.locator('#hands-free').check();
    await page.waitForFunction(() => window.heldScreens === 1);
    await page.locator('#hands-free').uncheck();
    await page.waitForFunction(() => window.heldScreens === 0);
  });

  await step('the button is held while a person speaks, and its release sends', async () => {
    const turns = page.locator('.turn');
    const before = await turns.count();
    await page.locator('#talk').hover();
    await page.mouse.down();
    const heldAtMs = await page.evaluate(() => performance.now());
    await conversation(page, 'streaming');
    await page.waitForFunction((atMs) => performance.now() > atMs + 1_000, heldAtMs);
    await page.mouse.up();
    await turns.nth(before).and(page.locator('[data-phase="over"]')).waitFor();
    await conversation(page, 'idle');
    assert.equal(await turns.count(), before + 1);
  });

  await step('everything on it is reached by the tab key, with its focus in sight', async () => {
    const reached: string[] = [];
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    for (let at = ''; at !== 'body'; reached.push(at)) {
      await page.keyboard.press('Tab');
      at = await page.evaluate(() => {
        const { activeElement: element } = document;
        if (!element || element === document.body) return 'body';
        if (getComputedStyle(element).outlineStyle === 'none') return `${element.id} without a focus`;
        return element.id || element.className || element.tagName;
      });
      assert.ok(reached.length < 20, reached.join());
    }
    for (const wanted of ['skip', 'open-settings', 'hands-free', 'talk'])
      assert.ok(reached.includes(wanted), `${reached}`);
    assert.ok(!reached.some((each) => each.endsWith('without a focus')), `${reached}`);
  });

  await step('another microphone is used at once, and remembered', async () => {
    await page.getByRole('button', { name: 'Settings' }).click();
    // The file of the dialog is loaded now; then the browser lists its microphones: the system's choice, a default, and others.
    const option = page.locator('#microphone option').nth(2);
    await option.waitFor({ state: 'attached' });
    const other = (await option.getAttribute('value')) ?? '';
    await page.locator('#microphone').selectOption(other);
    await page.waitForFunction(
      (id) => JSON.stringify(window.wantedMicrophones.at(-1)) === JSON.stringify({ exact: id }),
      other,
    );
    await closeDialog(page);
    await speakAfterReload(page);
    assert.deepEqual(await page.evaluate(() => window.wantedMicrophones), [{ ideal: other }]);
    await page.keyboard.press('Escape');
  });

  await step('another speaker and volume are used at once, and remembered', async () => {
    const playedBy = (id: string) =>
      page.waitForFunction((wanted) => window.audioContexts.at(-1)?.sinkId === wanted, id);
    await playedBy('');
    await page.getByRole('button', { name: 'Settings' }).click();
    const option = page.locator('#speaker option').nth(2);
    await option.waitFor({ state: 'attached' });
    const other = (await option.getAttribute('value')) ?? '';
    await page.locator('#speaker').selectOption(other);
    await playedBy(other);
    await page.locator('#volume').fill('35');
    await closeDialog(page);
    await speakAfterReload(page);
    await playedBy(other);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Settings' }).click();
    assert.equal(await page.locator('#volume').inputValue(), '35');
    await closeDialog(page);
  });

  await step('a browser can install it, and the settings offer that', async () => {
    const session = await browser.newCDPSession(page);
    const { errors, data } = await session.send('Page.getAppManifest');
    assert.deepEqual(errors, []);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    assert.deepEqual(installabilityErrors, []);
    const { start_url, scope, display, icons } = JSON.parse(data ?? '{}');
    assert.deepEqual([start_url, scope, display], ['/talk/', '/talk/', 'standalone']);
    for (const { src } of icons) {
      const icon = await page.request.get(new URL(src, talk.url).href);
      assert.match(icon.headers()['content-type'] ?? '', /^image\//, src);
    }
    await page.evaluate(() => {
      const offer = Object.assign(new Event('beforeinstallprompt', { cancelable: true }), {
        prompt: async () => document.body.setAttribute('data-asked', ''),
      });
      window.dispatchEvent(offer);
    });
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Install as an app' }).click();
    await page.waitForSelector('body[data-asked]');
    await page.getByRole('button', { name: 'Install as an app' }).waitFor({ state: 'detached' });
    await closeDialog(page);
  });
  assert.deepEqual(watched.foreign, []);
  assert.deepEqual(watched.complaints, []);
  await page.close();

  await step('it starts without a network, says so, and stores what is said', async () => {
    const { port } = new URL(talk.url);
    const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: Number(port) } });
    try {
      const { page } = await open(talk.url.replace(port, String(proxy.port)));
      await page.waitForSelector('#status[data-link="connected"]');
      await page.evaluate(async () => {
        await navigator.serviceWorker.ready;
      });
      assert.equal(await page.evaluate(async () => (await caches.keys()).length), 1);
      proxy.reset();
      proxy.vanish();
      await page.reload();
      await page.getByText('There is no connection to the gateway').waitFor();
      await page.evaluate(() => window.letMicrophone());
      await press(page);
      await conversation(page, 'streaming');
      await press(page);
      await page.getByText('One turn is stored in this browser').waitFor();
      const before = talk.recorded.length;
      proxy.reach();
      await page.getByText('One turn from before was delivered').waitFor();
      assert.equal(talk.recorded.length, before + 1);
      await page.close();
    } finally {
      await proxy.close();
    }
  });

  await step('the next build replaces the one before as a whole, and starts without a network', async () => {
    await inTemporaryFolder(async (folder) => {
      cpSync(BUILT_PAGE, folder, { recursive: true });
      const page = await withServedFolder(folder, async (url) => {
        const { page } = await open(url);
        await page.evaluate(async () => void (await navigator.serviceWorker.ready));
        const [before] = await page.evaluate(() => caches.keys());
        const worker = join(folder, 'service-worker.js');
        writeFileSync(worker, readFileSync(worker, 'utf8').replace(/[0-9a-f]{16}/, 'fedcba9876543210'));
        appendFileSync(join(folder, 'talk.js'), ';document.documentElement.dataset.build="next";');
        await page.reload();
        await page.waitForSelector('html[data-build="next"]');
        // Browsers ask for a new worker after a visit, when they like.
        await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
        await eventually(async () => {
          const names = await page.evaluate(() => caches.keys());
          return names.length === 1 && names[0] !== before;
        }, 'the cache of the next build is the only one');
        return page;
      });
      await page.reload();
      await page.waitForSelector('html[data-build="next"]');
      await page.getByText('There is no connection to the gateway').waitFor();
      await page.close();
    });
  });
}

async function closeDialog(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
}

async function speakAfterReload(page: Page): Promise<void> {
  await page.reload();
  await page.waitForSelector('#status[data-link="connected"]');
  await page.evaluate(() => window.letMicrophone());
  await press(page);
  await conversation(page, 'streaming');
}

/** Without a duration, as of a screen reader. */
async function press(page: Page): Promise<void> {
  await page.locator('#talk').press('Enter');
}

async function conversation(page: Page, name: string): Promise<void> {
  await page.waitForSelector(`.dock[data-conversation="${name}"]`);
}
