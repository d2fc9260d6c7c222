/**
 * The console as an operator uses it: a gateway with its embedded cloud as a program of its own, devices over real sockets, Chromium.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { earshot } from '../support/cli.ts';
import { SHORT_SPEECH } from '../support/speech.ts';
import { connectDevice, helloOf, type WireDevice } from '../support/wire-device.ts';
import { findFaults } from './accessibility.ts';
import { type Browser, browserMissing, type Step, stepsOf, type WatchedPage, withBrowser } from './browser.ts';
import { type ConsoleGateway, goToPlace, openConsoleGateway, signIn } from './console-gateway.ts';

const options = { skip: browserMissing() };
/** A name that would be a picture, and a program, if it were taken for HTML. */
const HOSTILE = `<img src=x onerror="document.title='owned'">`;
const PHONE = { width: 390, height: 844 };
const REVOKED = 4003;

interface Visit {
  browser: Browser;
  gateway: ConsoleGateway;
  watched: WatchedPage;
  page: Page;
}

test('the console: devices', options, async (t) => {
  // All its devices have one address.
  const gateway = await openConsoleGateway(['--limit', 'pairingsPerAddress=20']);
  const step = stepsOf(t);
  try {
    const flags = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
    await withBrowser(
      async (browser) => {
        const watched = await openedByLink(step, browser, gateway);
        const visit: Visit = { browser, gateway, watched, page: watched.page };
        await step('a first-run page says what to do', () => firstRun(visit));
        await step('a device of another process is paired by a click', () => pairedByClick(visit));
        const kitchen = await pairedDevice(visit, 'kitchen');
        await step('the address of a QR code shows that request first, also through the sign-in', () => opened(visit));
        await step('what an approval replaces is shown first', () => replaced(visit));
        await step('settings and volume reach the device', () => settingsReachTheDevice(visit, kitchen));
        await step('a device is muted; what a person at it has muted stays so', () => muted(visit, kitchen));
        await step('an announcement: what became of it', () => announced(visit));
        await step('turns, errors and latency are in the figures', () => figures(visit, kitchen));
        await step('the operator talks in the console: this browser is paired without a code, its turn is listed', () =>
          talksInPanel(visit),
        );
        await step('a viewer gets no button that would be refused', () => viewerChangesNothing(visit));
        await step('the token is renewed before it ends; a device that does not answer is told', () =>
          renewed(visit, kitchen),
        );
        await step('a revocation is confirmed, and takes effect at once', () => revoked(visit, kitchen));
        assert.deepEqual(watched.complaints, [], 'no error in the console');
        assert.deepEqual(watched.foreign, [], 'no request to another host');
        await step('a lost connection is told, and made again; the clock of the browser may be wrong', () =>
          connectedAgain(visit),
        );
        await step('a session that was revoked, and a sign-out', () => signedOut(visit));
      },
      { flags },
    );
  } finally {
    await gateway.end();
  }
});

async function openedByLink(step: Step, browser: Browser, gateway: ConsoleGateway): Promise<WatchedPage> {
  const link = await gateway.link();
  const watched = await browser.open(link);
  const { page } = watched;
  // A dialog that arrives has other colours meanwhile.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.waitForSelector('.app-bar');
  await step('the link signs in once, and leaves no trace', async () => {
    assert.equal(page.url(), `${gateway.origin}/console/`);
    const stored = await page.evaluate(() => ({ local: { ...localStorage }, cookie: document.cookie }));
    const secret = new URL(link).hash.replace('#sign-in=', '');
    assert.equal(JSON.stringify(stored).includes(secret), false);
    assert.equal(stored.cookie, '');
    await page.goBack().catch(() => undefined);
    assert.equal(page.url().includes(secret), false);
    await page.goto(`${gateway.origin}/console/`);
    await page.waitForSelector('.app-bar');

    const second = await browser.open(link);
    await second.page.waitForSelector('text=This link was used already');
    assert.match(await textOf(second.page), /earshot console/, 'and how to get a new one');
    assert.deepEqual(await findFaults(second.page), []);
    await second.page.close();
  });
  return watched;
}

async function firstRun({ page, gateway }: Visit): Promise<void> {
  await page.waitForSelector('text=Pair your first device');
  const words = await textOf(page);
  assert.ok(words.includes(`bin/earshot run --gateway ${gateway.url}`), words);
  assert.equal(await page.getAttribute('.first-run a.button', 'href'), '/talk/');
  assert.deepEqual(await findFaults(page), []);
}

async function pairedByClick({ page, gateway }: Visit): Promise<void> {
  const files = ['--input', SHORT_SPEECH, '--output', 'null'];
  const daemon = earshot(['run', '--gateway', gateway.url, '--name', HOSTILE, ...files]);
  try {
    const shown = /\d{3} ?\d{3}/.exec(await daemon.message(/\d{3} ?\d{3}/))?.[0].replace(' ', '');
    await page.waitForSelector('.pairing');
    assert.equal(await page.getAttribute('.pairing', 'data-code'), shown);
    assert.equal(await page.textContent('.pairing-name'), HOSTILE);
    await page.click('.pairing button');
    await page.waitForFunction(
      (name) => document.querySelector('.toast')?.textContent?.includes(`${name} is paired`),
      HOSTILE,
    );
    await page.waitForSelector('.device .pill[data-tone="accent"]');
    assert.equal(await page.textContent('.device h2'), HOSTILE);
    assert.match((await page.textContent('.device .kind')) ?? '', /earshot/i);
    await page.click('.device h2 a');
    await page.waitForFunction((name) => document.querySelector('h1')?.textContent === name, HOSTILE);
    assert.equal(await page.title(), `${HOSTILE} · Devices · Earshot`);
    assert.equal(await page.locator('img').count(), 0);
    await page.goBack();
  } finally {
    daemon.kill('SIGTERM');
    await daemon.ended;
  }
}

async function pairedDevice({ page, gateway }: Visit, name: string): Promise<WireDevice> {
  const asking = await connectDevice(gateway.url, { name });
  const { code } = await asking.waitFor('pair.pending');
  await page.click(`.pairing[data-code="${code}"] button`);
  const { token } = await asking.waitFor('pair.approved');
  asking.close();
  const hello = { ...helloOf(name), features: ['say', 'mute'] };
  hello.device = { name, model: 'a model <b>of</b> ours', software: '9.9' };
  const device = await connectDevice(gateway.url, { hello, token });
  await device.waitFor('welcome');
  await page.waitForSelector(`[data-device="${name}"] .pill[data-tone="accent"]`);
  return device;
}

/** Others wait as well. Nobody is signed in in the tab of the address. */
async function opened({ browser, page: desk, gateway }: Visit): Promise<void> {
  const others = [
    await connectDevice(gateway.url, { name: 'attic' }),
    await connectDevice(gateway.url, { name: 'bath' }),
  ];
  const scanned = await connectDevice(gateway.url, { name: 'cellar' });
  for (const device of others) await device.waitFor('pair.pending');
  const { code } = await scanned.waitFor('pair.pending');
  const address = `${gateway.origin}/console/#/devices?code=${code}`;

  const { page: stranger } = await browser.open(address);
  await stranger.waitForSelector('text=Sign in to the console');
  const { page, complaints } = await browser.open(await gateway.link(), PHONE);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.waitForSelector('.pairing[aria-current]');
  assert.equal(page.url(), address);
  await page.waitForSelector('text=3 devices wait');
  assert.equal(await page.getAttribute('.pairing:first-child', 'data-code'), code);
  assert.match((await page.textContent('.pairing[aria-current]')) ?? '', /cellar.*the code you opened/);
  assert.equal(await page.locator('.pairings button.primary').count(), 1);
  assert.deepEqual(await findFaults(page), []);
  await page.click('.pairing[aria-current] button.primary');
  await scanned.waitFor('pair.approved');
  await page.waitForFunction(() => location.hash === '#/devices');

  await goToPlace(page, `#/devices?code=${code}`);
  await page.waitForSelector(`.banner:has-text("was approved already: its device is paired")`);
  const [gone] = others.splice(0, 1);
  const { code: withdrawn } = await (gone as WireDevice).waitFor('pair.pending');
  await goToPlace(page, `#/devices?code=${withdrawn}`);
  await page.waitForSelector('.pairing[aria-current]:has-text("attic")');
  gone?.close();
  await page.waitForSelector('.banner:has-text("has disconnected")');
  await goToPlace(page, '#/devices?code=<b>');
  await page.waitForSelector('.banner:has-text("No device shows code <b>.")');
  assert.deepEqual(await findFaults(page), []);
  await page.click('.banner button:has-text("Close")');
  await page.waitForSelector('.asked-pairing', { state: 'detached' });
  assert.deepEqual(complaints, []);
  for (const device of [scanned, ...others]) device.close();
  await desk.waitForSelector('.pairing', { state: 'detached' });
  await page.close();
  await stranger.close();
}

async function replaced({ page, gateway }: Visit): Promise<void> {
  const other = await connectDevice(gateway.url, { name: 'kitchen' });
  const { code } = await other.waitFor('pair.pending');
  await page.click(`.pairing[data-code="${code}"] button`);
  const dialog = page.locator('dialog');
  await dialog.waitFor();
  assert.match((await dialog.textContent()) ?? '', /a model <b>of<\/b> ours · 9\.9/);
  assert.deepEqual(await findFaults(page), []);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await page.locator(`.pairing[data-code="${code}"]`).count(), 1, 'it still waits');
  other.close();
  await page.waitForSelector('.pairing', { state: 'detached' });
}

async function settingsReachTheDevice({ page, gateway }: Visit, device: WireDevice): Promise<void> {
  await goToPlace(page, '#/devices/kitchen');
  await page.waitForSelector('#volume-range');
  await page.fill('#volume-range', '35');
  await device.waitFor('settings', ({ settings }) => settings.volumePercent === 35);
  await page.selectOption('select[name="listening.patience"]', 'patient');
  await page.fill('input[name="quietHours"]', '22:00');
  await page.waitForSelector('text=Write it like 22:00-07:00.');
  assert.equal(await page.isDisabled('button:has-text("Save")'), true);
  await page.fill('input[name="quietHours"]', '22:00-07:00');
  await page.click('button:has-text("Save")');
  await device.waitFor(
    'settings',
    ({ settings }) => settings.listening?.patience === 'patient' && settings.quietHours?.from === '22:00',
  );
  await page.waitForSelector('button:has-text("Save")', { state: 'detached' });
  assert.equal(await page.inputValue('input[name="quietHours"]'), '22:00-07:00');

  // What somebody else sets is shown, and what is being written stays.
  await page.fill('textarea[name="assistant.persona"]', 'You are brief.');
  await gateway.command('settings', 'kitchen', 'volume=80', 'language=de-AT', 'quiet=');
  await page.waitForSelector('output:has-text("80 %")');
  assert.equal(await page.inputValue('input[name="assistant.language"]'), 'de-AT');
  assert.equal(await page.inputValue('textarea[name="assistant.persona"]'), 'You are brief.');
  await page.click('button:has-text("Discard")');
  // The cloud refuses it, and says why.
  await page.fill('input[name="assistant.language"]', 'no language!');
  await page.click('button:has-text("Save")');
  await page.waitForSelector('.banner[role="alert"]:has-text("language is written like")');
  await page.click('button:has-text("Discard")');
  assert.deepEqual(await findFaults(page), []);
}

async function muted({ page }: Visit, device: WireDevice): Promise<void> {
  const mute = page.getByRole('checkbox', { name: 'Mute' });
  assert.equal(await mute.isChecked(), false);
  await mute.click();
  await device.waitFor('control', ({ action }) => action === 'mute');
  device.send({ type: 'mute', muted: true, by: 'gateway' });
  await page.waitForSelector('text=It was muted from afar');
  await page.waitForSelector('.page-head .pill:has-text("muted")');
  await mute.click();
  await device.waitFor('control', ({ action }) => action === 'unmute');
  device.send({ type: 'mute', muted: false });
  await page.waitForSelector('.page-head .pill:has-text("online")');

  device.send({ type: 'mute', muted: true, by: 'person' });
  await page.waitForSelector('text=Somebody at kitchen has muted it, so it can be unmuted only there.');
  assert.equal(await mute.isChecked(), true);
  assert.equal(await mute.isDisabled(), true);
  assert.deepEqual(await findFaults(page), []);
  device.send({ type: 'mute', muted: false });
  await page.locator('input[name="mute"]:enabled:not(:checked)').waitFor();
}

async function announced({ page }: Visit): Promise<void> {
  const text = `Dinner is ready ${HOSTILE}`;
  await page.fill('form textarea:not([name])', text);
  await page.click('button:has-text("Say it")');
  await page.waitForSelector('.announced-row[data-state="failed"]');
  const row = (await page.textContent('.announced-row')) ?? '';
  assert.ok(row.includes(text), row);
  assert.match(row, /Its gateway has no voice/);
  await page.waitForFunction(
    () => document.querySelector<HTMLTextAreaElement>('form textarea:not([name])')?.value === '',
  );
  assert.equal(await page.locator('.announced-row').count(), 1);
}

async function figures({ page }: Visit, device: WireDevice): Promise<void> {
  const { id } = await device.speak();
  device.send({ type: 'turn.report', id, latencyMs: { capture: 9, uplink: 40, cloud: 300, total: 400 } });
  device.send({ type: 'report', figures: { cpuPercent: 3.5, memoryMb: 58, failedTurns: 2, upSeconds: 7_200 } });
  await page.waitForSelector('.figure[data-bad]:has-text("failed turns")');
  await page.waitForSelector('.plot:has-text("Processor") b:has-text("3.5 %")');
  await goToPlace(page, '#/fleet?device=kitchen');
  await page.waitForSelector('.stage-table .whole');
  assert.match((await page.textContent('.stage-table .whole')) ?? '', /Whole(3[89]|4[012])\d ms/);
  assert.match((await page.textContent('[aria-label="Totals"]')) ?? '', /^1turn0errors/);
  await page.waitForFunction(() => document.querySelectorAll('.plot canvas').length === 2);
  assert.deepEqual(await findFaults(page), []);
  await page.click('button:has-text("Week")');
  await page.waitForFunction(() => location.hash === '#/fleet?since=week&device=kitchen');
  await page.waitForSelector('.plot:has-text("Turns a day")');
  assert.match((await page.textContent('.plot:has-text("Turns a day") figcaption > .number')) ?? '', /^\d+ [A-Z]\w+$/);
  await goToPlace(page, '#/devices');
}

async function talksInPanel({ page }: Visit): Promise<void> {
  await goToPlace(page, '#/conversations');
  const toggle = page.getByRole('button', { name: 'Talk', exact: true });
  await toggle.click();
  const panel = page.frameLocator('.talk-panel iframe');
  const [told] = await Promise.all([
    // It goes after some seconds.
    page.locator('.toast', { hasText: 'is paired' }).last().textContent(),
    panel.locator('#status[data-link="connected"]').waitFor(),
  ]);
  const { name } = await page.evaluate(() => JSON.parse(localStorage.getItem('earshot.talk') ?? '{}'));
  assert.ok(told?.includes(name), `${told}`);
  assert.deepEqual(await findFaults(page), []);
  await panel.locator('#talk').press('Enter');
  await panel.locator('.dock[data-conversation="streaming"]').waitFor();
  await panel.locator('#talk').press('Enter');
  await panel.locator('.turn[data-phase="over"]').waitFor();
  await page.locator('.turn-row', { hasText: name }).waitFor();
  await page.locator('.talk-panel').getByRole('button', { name: 'Close' }).click();
  await page.locator('.talk-panel').waitFor({ state: 'detached' });
  assert.equal(await toggle.evaluate((button) => button === document.activeElement), true);
}

async function viewerChangesNothing({ browser, gateway }: Visit): Promise<void> {
  const waiting = await connectDevice(gateway.url, { name: 'porch' });
  await waiting.waitFor('pair.pending');
  const { page, complaints } = await signIn(browser, gateway, { role: 'viewer', viewport: PHONE });
  await page.waitForSelector('.pairing');
  assert.equal(await page.locator('main button').count(), 0, 'no button to approve');
  await goToPlace(page, '#/devices/kitchen');
  await page.waitForSelector('text=Settings');
  assert.equal(await page.locator('main button').count(), 0);
  assert.equal(await page.locator('main input:enabled, main select:enabled, main textarea:enabled').count(), 0);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  assert.deepEqual(await findFaults(page), []);
  assert.deepEqual(complaints, []);
  await page.close();
  waiting.close();
}

async function revoked({ page, gateway }: Visit, device: WireDevice): Promise<void> {
  await goToPlace(page, '#/devices/kitchen');
  await page.click('button:has-text("Revoke")');
  await page.waitForSelector('dialog');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.click('button:has-text("Revoke")');
  await page.click('dialog button.danger');
  assert.equal((await device.closed).code, REVOKED);
  await page.waitForSelector('.page-head .pill:has-text("revoked")');
  assert.equal(await page.locator('button:has-text("Revoke")').count(), 0);
  assert.match(await gateway.command('pair', 'list'), /kitchen\s+revoked/);
}

async function renewed({ browser, gateway }: Visit, device: WireDevice): Promise<void> {
  const { page } = await signIn(browser, gateway);
  await page.clock.install();
  await page.reload();
  await page.waitForSelector('.device');
  const asked = page.waitForResponse((response) => response.url().endsWith('/console/token'));
  // All pages of the browser are 14 minutes ahead from here on.
  await page.clock.fastForward('14:00');
  assert.equal((await asked).status(), 200);

  await goToPlace(page, '#/devices/kitchen');
  const asksBefore = device.messages.length;
  // Not `check()`: the switch shows what the device tells, which does not answer.
  await page.getByRole('checkbox', { name: 'Mute' }).click();
  await device.waitFor('control', (message) => device.messages.indexOf(message) >= asksBefore);
  await page.clock.fastForward('00:16');
  await page.waitForSelector('.banner:has-text("kitchen has not answered")');
  assert.equal(await page.getByRole('checkbox', { name: 'Mute' }).isChecked(), false, 'it shows what the device tells');
  await page.close();
}

async function connectedAgain({ page, gateway }: Visit): Promise<void> {
  await goToPlace(page, '#/devices');
  await page.reload();
  await page.waitForSelector('.device');
  await gateway.stop();
  await page.waitForSelector('.connection:has-text("No connection with the gateway since")');
  assert.equal((await page.locator('.device').count()) > 0, true, 'what was known stays');
  await gateway.restart();
  await page.waitForSelector('.connection', { state: 'detached' });
  const device = await connectDevice(gateway.url, { name: 'garage' });
  await device.waitFor('pair.pending');
  await page.waitForSelector('.pairing:has-text("garage"):has-text("valid for 9:")');
  device.close();
}

async function signedOut({ browser, page, gateway }: Visit): Promise<void> {
  const other = await signIn(browser, gateway);
  await other.page.click('button[aria-label="Sign out"]');
  await other.page.waitForSelector('text=You have signed out');
  await other.page.reload();
  await other.page.waitForSelector('text=Sign in to the console');
  // A link in a tab of the console changes only the part after the #.
  const link = await gateway.link();
  await goToPlace(other.page, new URL(link).hash);
  await other.page.waitForSelector('.app-bar');
  assert.equal(other.page.url().includes('sign-in'), false);
  await other.page.close();

  for (const line of (await gateway.command('console', '--list')).trim().split('\n')) {
    await gateway.command('console', '--revoke', line.split(' ')[0] ?? '');
  }
  await page.waitForSelector('text=Your session has ended');
  assert.deepEqual(await findFaults(page), []);
}

async function textOf(page: Page): Promise<string> {
  return (await page.textContent('body')) ?? '';
}
