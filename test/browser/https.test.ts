/**
 * The ways to HTTPS of docs/browsers.md, with Debian's own programs (`apt-get install caddy mkcert libnss3-tools`): the browser trusts the
 * certificate as a person's does, because its root is installed, and gives the page a microphone under a name that is not this machine's.
 * `npm run test:https` runs it. Tailscale needs an account; to the gateway it is a proxy like Caddy.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { once } from '../support/in-time.ts';
import { SHORT_SPEECH } from '../support/speech.ts';
import { withBrowser } from './browser.ts';

const PROGRAMS = ['/usr/bin/caddy', '/usr/bin/mkcert', '/usr/bin/certutil'];

function missing(): string | false {
  if (process.env.EARSHOT_HTTPS !== '1') return 'npm run test:https runs it';
  const absent = PROGRAMS.filter((path) => !existsSync(path));
  return absent.length > 0 && `there is no ${absent} here (apt-get install caddy mkcert libnss3-tools)`;
}

const skip = missing();

test('mkcert: the gateway itself speaks TLS to browsers and devices', { skip }, () =>
  inTemporaryFolder(async (home) => {
    const name = 'gateway.local';
    const env = { ...homeOf(home), CAROOT: join(home, 'authority'), TRUST_STORES: 'nss' };
    const [cert, key, root] = [join(home, 'cert.pem'), join(home, 'key.pem'), join(env.CAROOT, 'rootCA.pem')];
    execFileSync('mkcert', ['-install'], { env, stdio: 'ignore' });
    const files = ['-cert-file', cert, '-key-file', key];
    execFileSync('mkcert', [...files, name, '127.0.0.1'], { env, stdio: 'ignore' });
    const tls = ['--tls-cert', cert, '--tls-key', key];
    const gateway = earshot(['gateway', '--port', '0', '--json', ...tls, ...stateIn(home)]);
    const { port } = new URL((JSON.parse(await gateway.line(/"url"/)) as { url: string }).url);
    await assertTalks({ address: `https://${name}:${port}`, home });

    const sound = ['--input', SHORT_SPEECH, '--output', 'null', '--name', 'device'];
    const trusting = { NODE_EXTRA_CA_CERTS: root };
    const device = earshot(['run', '--gateway', `wss://127.0.0.1:${port}`, ...sound], { env: trusting });
    const shown = /\d{3} ?\d{3}/.exec(await device.message(/\d{3} ?\d{3}/))?.[0] ?? '';
    assert.match(shown, /\d/, 'a device trusts it, too, and is offered a code');
    for (const program of [device, gateway]) {
      program.kill('SIGTERM');
      await program.ended;
    }
  }),
);

test('Caddy: a proxy with the certificate, and the gateway behind it', { skip }, () =>
  inTemporaryFolder(async (home) => {
    const name = 'earshot.example';
    const [port, gatewayPort] = [await freePort(), await freePort()];
    const address = `https://${name}:${port}`;
    const proxied = ['--public-url', address, '--trust-proxy', '127.0.0.1'];
    const gateway = earshot(['gateway', '--port', String(gatewayPort), '--json', ...proxied, ...stateIn(home)]);
    await gateway.line(/"url"/);
    // As in the document; of an authority of its own, because no public one reaches this machine.
    const options = `admin off\nauto_https disable_redirects\nskip_install_trust\nlocal_certs\nhttps_port ${port}`;
    const file = join(home, 'Caddyfile');
    const site = `bind 127.0.0.1\nreverse_proxy 127.0.0.1:${gatewayPort}`;
    writeFileSync(file, `{\n${options}\n}\n${name}:${port} {\n${site}\n}\n`);
    const caddy = spawn('caddy', ['run', '--config', file], { env: homeOf(home), stdio: 'ignore' });
    const ended = once(caddy, 'exit');
    try {
      const root = join(home, 'data/caddy/pki/authorities/local/root.crt');
      await untilWritten(root);
      trust(home, root);
      await assertTalks({ address, home });
    } finally {
      caddy.kill('SIGTERM');
      await ended;
      gateway.kill('SIGTERM');
      await gateway.ended;
    }
  }),
);

const stateIn = (home: string) => ['--state', join(home, 'state')];

/** Everything that a program stores for its user is there; also the certificates that this user's browser trusts. */
function homeOf(home: string): NodeJS.ProcessEnv {
  const store = join(home, '.pki/nssdb');
  if (!existsSync(store)) {
    mkdirSync(store, { recursive: true });
    execFileSync('certutil', ['-d', `sql:${store}`, '-N', '--empty-password']);
  }
  return { ...process.env, HOME: home, XDG_DATA_HOME: join(home, 'data'), XDG_CONFIG_HOME: join(home, 'config') };
}

function trust(home: string, root: string): void {
  const store = `sql:${join(home, '.pki/nssdb')}`;
  execFileSync('certutil', ['-d', store, '-A', '-t', 'C,,', '-n', 'the proxy’s authority', '-i', root]);
}

async function untilWritten(file: string): Promise<void> {
  for (let tries = 0; !existsSync(file); tries += 1) {
    assert.ok(tries < 600, `${file} is not written`);
    await delay(100);
  }
}

/** A browser of this user pairs, gets a microphone, talks and is answered; and the console is reached under the same name. */
async function assertTalks({ address, home }: { address: string; home: string }): Promise<void> {
  const { hostname } = new URL(address);
  const flags = [
    `--host-resolver-rules=MAP ${hostname} 127.0.0.1`,
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
  ];
  await withBrowser(
    async ({ open }) => {
      const { page, complaints, foreign } = await open(`${address}/talk/`);
      assert.equal(await page.evaluate(() => isSecureContext), true);
      await page.waitForFunction(() =>
        /^\d{3} \d{3}$/.test(document.querySelector('.pairing-code')?.textContent ?? ''),
      );
      const code = ((await page.locator('.pairing-code').textContent()) ?? '').replace(' ', '');
      const approved = await earshot(['pair', 'approve', code, ...stateIn(home)]).ended;
      assert.equal(approved.code, 0, approved.stderr);
      await page.locator('#talk:enabled').waitFor();
      await page.locator('#talk').press('Enter');
      await page.waitForSelector('.dock[data-conversation="streaming"]');
      await delay(500); // Speech takes time.
      await page.locator('#talk').press('Enter');
      await page.locator('.turn[data-phase="over"] .turn-latency').waitFor();
      await page.evaluate(async () => void (await navigator.serviceWorker.ready));

      const printed = await earshot(['console', '--url', address, ...stateIn(home)]).ended;
      const { page: desk, ...watched } = await open(printed.stdout.split('\n')[0] ?? '');
      await desk.waitForSelector('.app-bar');
      await desk.locator('.device').waitFor();
      for (const each of [{ complaints, foreign }, watched]) {
        assert.deepEqual([each.complaints, each.foreign], [[], []]);
      }
    },
    { env: homeOf(home), flags },
  );
}
