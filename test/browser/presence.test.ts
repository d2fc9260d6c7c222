/**
 * A gateway of two is killed, and the console of the other shows its devices as offline within a minute. It takes that minute: `npm run
 * test:presence`.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { earshot } from '../support/cli.ts';
import { connectDevice } from '../support/wire-device.ts';
import { browserMissing, withBrowser } from './browser.ts';
import { openConsoleGateway, signIn } from './console-gateway.ts';

const WITHIN_MS = 60_000;
const skip = process.env.EARSHOT_PRESENCE === '1' ? browserMissing() : 'it takes a minute: npm run test:presence';

test('devices of a killed gateway are offline in the console within a minute', { skip }, async (context) => {
  const gateway = await openConsoleGateway(['--open']);
  const env = { CONVEX_URL: gateway.cloud.url, EARSHOT_GATEWAY_KEY: gateway.cloud.gatewayKey };
  const state = join(gateway.state, 'of the other');
  const other = earshot(['gateway', '--port', '0', '--open', '--state', state, '--json'], { env });
  try {
    const { url } = JSON.parse(await other.line(/"url"/)) as { url: string };
    await withBrowser(async (browser) => {
      const { page } = await signIn(browser, gateway, { place: '#/devices' });
      const [stays, goes] = [
        await connectDevice(gateway.url, { name: 'stays' }),
        await connectDevice(url, { name: 'goes' }),
      ];
      const online = (name: string) => page.locator(`[data-device="${name}"] .pill[data-tone="accent"]`);
      await online('stays').waitFor();
      await online('goes').waitFor();
      other.kill('SIGKILL');
      await other.ended;
      const killedAtMs = performance.now();
      await online('goes').waitFor({ state: 'detached', timeout: 2 * WITHIN_MS });
      const tookMs = performance.now() - killedAtMs;
      context.diagnostic(`offline after ${Math.round(tookMs / 1_000)} s`);
      assert.ok(tookMs <= WITHIN_MS, `${tookMs} ms`);
      assert.equal(await online('stays').count(), 1);
      stays.close();
      goes.close();
    });
  } finally {
    other.kill('SIGKILL');
    await gateway.end();
  }
});
