/**
 * Set-up of a device as a person has it: the page in Chromium, a stand-in for nmcli, a real gateway that pairs it. The machine's waits are in virtual
 * time.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nmcli } from '../../actors/wifi/nmcli.ts';
import { PROVISIONING_DELAYS_MS } from '../../machines/provisioning.ts';
import { chooseGateway } from '../../src/cli/terminal/choose-gateway.ts';
import { createLog } from '../../src/core/log/create-log.ts';
import { readDeviceToken } from '../../src/device/device-token.ts';
import { helloOf } from '../../src/device/hello.ts';
import { readPairedGateway } from '../../src/device/paired-gateway.ts';
import { hotspotOf } from '../../src/device/setup/hotspot-label.ts';
import { startSetup } from '../../src/device/setup/setup.ts';
import type { SetupStatus } from '../../src/device/setup/setup-status.ts';
import { HOME, NMCLI, standIn } from '../setup/stand-in.ts';
import { earshot } from '../support/cli.ts';
import { inTime } from '../support/in-time.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { findFaults } from './accessibility.ts';
import { browserMissing, withBrowser } from './browser.ts';

const ADDRESS = '127.0.0.1';

interface Device {
  url: string;
  state: string;
  log: string[];
  clock: SimulatedClock;
  done: Promise<void>;
  status(): Promise<SetupStatus>;
  send(form: unknown, headers?: Record<string, string>): Promise<{ status: number; body: string }>;
  stop(): Promise<void>;
}

/** To its open access point. */
async function device(): Promise<Device> {
  const state = mkdtempSync(join(tmpdir(), 'earshot-setup-'));
  after(() => rmSync(state, { recursive: true, force: true }));
  const clock = new SimulatedClock();
  const port = await freePort();
  const url = `http://${ADDRESS}:${port}`;
  const lines: string[] = [];
  const log = createLog({ level: 'debug', format: 'text', write: (line) => lines.push(String(line)), now: Date.now });
  let opened = () => {};
  const open = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const running = await startSetup({
    networkManager: nmcli({ program: NMCLI, hotspotAddress: ADDRESS }),
    hotspot: hotspotOf(state),
    hello: helloOf({ name: 'kitchen', framesPerPacket: 3, bufferMs: 60, allowsRemotePress: false }),
    isPaired: false,
    connectTo: (gateway) => chooseGateway({ gateway: gateway ?? 'ws://127.0.0.1:1' }, state, log),
    ...{ port, pageHost: ADDRESS, clock, log },
    onStatus: (_status, page) => page && opened(),
  });
  clock.increment(PROVISIONING_DELAYS_MS.settle);
  await open;
  return {
    ...{ url, state, log: lines, clock, ...running },
    status: async () => (await (await fetch(`${url}/status`)).json()) as SetupStatus,
    send: (form, headers = {}) =>
      post(`${url}/form`, JSON.stringify(form), { 'content-type': 'application/json', origin: url, ...headers }),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, ADDRESS, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** By node:http: fetch sets headers of its own. */
function post(
  url: string,
  body: string,
  headers: Record<string, string>,
  method = 'POST',
): Promise<{ status: number; body: string; location?: string }> {
  const answer = new Promise<{ status: number; body: string; location?: string }>((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (block) => (text += block));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: text, location: response.headers.location ?? '' }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
  return inTime(answer, `the answer to ${method} ${url}`);
}

test('wrong forms, other hosts and other pages are refused, and the next right one is taken', async () => {
  standIn();
  const { url, send, status, log, stop } = await device();
  try {
    const refused = async (form: unknown, code: number, headers?: Record<string, string>) =>
      assert.equal((await send(form, headers)).status, code, JSON.stringify(form).slice(0, 80));
    await refused({ ssid: '' }, 400);
    await refused({ ssid: 'a\nb' }, 400);
    await refused({ ssid: 'ü'.repeat(17) }, 400);
    await refused({ ssid: HOME.ssid, password: 'short' }, 400);
    await refused({ ssid: HOME.ssid, password: 'quit\nquit\nquit' }, 400);
    await refused({ gateway: 'http://example.org' }, 400);
    await refused([1], 400);
    await refused({ ssid: 'x'.repeat(5_000) }, 413);
    await refused({ ssid: HOME.ssid }, 403, { origin: 'http://evil.example' });
    await refused({ ssid: HOME.ssid }, 403, { 'content-type': 'text/plain' });
    await refused({ ssid: HOME.ssid }, 403, { host: 'evil.example', origin: 'http://evil.example' });
    const probe = await post(`${url}/generate_204`, '', { host: 'connectivitycheck.gstatic.com' }, 'GET');
    assert.deepEqual([probe.status, probe.location], [302, `${url}/`]);
    assert.equal((await status()).step, 'choose');
    assert.deepEqual(
      (await status()).networks.map(({ ssid }) => ssid),
      [HOME.ssid, 'Cafe: new', 'Office'],
    );
    assert.equal((await send({ ssid: HOME.ssid, password: 'a wrong one' })).status, 202);
    assert.equal((await send({ ssid: HOME.ssid, password: 'a wrong one' }).catch(() => ({ status: 409 }))).status, 409);
    assert.ok(!log.join('\n').includes('a wrong one'), 'no password in the log');
  } finally {
    await stop();
  }
});

test('more forms than a person types are refused', async () => {
  standIn();
  const { send, stop } = await device();
  try {
    const statuses = [];
    for (let at = 0; at < 14; at++) statuses.push((await send({ ssid: '' })).status);
    assert.deepEqual([...new Set(statuses)], [400, 429]);
  } finally {
    await stop();
  }
});

test('a first day in a browser: a wrong password, the right one, the code, approved', {
  skip: browserMissing(),
}, async () => {
  const machine = standIn();
  const cloud = mkdtempSync(join(tmpdir(), 'earshot-setup-gateway-'));
  after(() => rmSync(cloud, { recursive: true, force: true }));
  const gateway = earshot(['gateway', '--port', '0', '--json', '--state', cloud]);
  const { url: gatewayUrl } = JSON.parse(await gateway.line(/"url"/));
  const { url, state, done, log, stop, clock } = await device();
  try {
    await withBrowser(async (browser) => {
      const { page, foreign } = await browser.open(`${url}/`, { width: 320, height: 640 });
      await page.getByLabel(HOME.ssid).waitFor();
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        assert.deepEqual(await findFaults(page), [], colorScheme);
        await picture(page, `setup-${colorScheme}`);
      }
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it fits 320 px');
      assert.equal(await page.getByLabel('Office').isDisabled(), true);
      await page.getByLabel(HOME.ssid).check();
      await page.getByLabel('Password').fill('not the password');
      await page.getByLabel('Address').fill(gatewayUrl);
      await page.getByRole('button', { name: 'Connect' }).click();
      await page.getByRole('alert').getByText('The password is wrong').waitFor();
      await page.getByLabel('Password').fill(HOME.password);
      await page.getByRole('button', { name: 'Connect' }).click();
      await page.getByText('Approve this device').waitFor();
      await picture(page, 'setup-pairing');
      const code = ((await page.locator('#code').textContent()) ?? '').replace(' ', '');
      const approved = await earshot(['pair', 'approve', code, '--state', cloud], { env: { EARSHOT_STATE: cloud } })
        .ended;
      assert.equal(approved.code, 0, approved.stderr);
      // After an approval the gateway closes the connection; the link waits before it connects again.
      const waits = setInterval(() => clock.increment(1_000), 100);
      await done.finally(() => clearInterval(waits));
      assert.deepEqual(foreign, []);
    });
    assert.match(readDeviceToken(state) ?? '', /^[\w-]{32,}$/);
    assert.equal(readPairedGateway(state)?.url.href, new URL(gatewayUrl).href);
    assert.ok(![HOME.psk, 'not the password'].some((word) => log.join('\n').includes(word)), 'no password in the log');
  } finally {
    await stop();
    gateway.kill('SIGTERM');
    await gateway.ended;
  }
  assert.deepEqual(machine.profiles(), ['earshot-wifi']);
});

async function picture(page: import('playwright-core').Page, name: string): Promise<void> {
  const folder = process.env.EARSHOT_SCREENSHOTS;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
