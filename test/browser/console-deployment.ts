/**
 * `npm run test:console-deployment`: the browser tests of the console and of the pairing, with a gateway whose cloud is a deployment, as a
 * backend of one's own or Convex's cloud is. By default a program stands in for it: the embedded cloud in a process of its own, with another
 * address than the gateway's. CONVEX_SELF_HOSTED_URL and EARSHOT_GATEWAY_KEY name a real one, which holds the functions and no data: then name
 * one file, because each needs an empty cloud.
 *
 *     npm run test:console-deployment [-- FILE…]
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CloudAddress } from '../../src/gateway/cloud-address.ts';
import { startEmbeddedProcess } from '../support/embedded-process.ts';

const FILES = ['console-devices', 'console-conversations', 'console-conversations-data', 'talk-pairing'];
const root = fileURLToPath(new URL('../../', import.meta.url));
const given = process.argv.slice(2);
const files = given.length > 0 ? given : FILES.map((name) => `test/browser/${name}.test.ts`);
const { CONVEX_SELF_HOSTED_URL: realUrl, EARSHOT_GATEWAY_KEY: realKey } = process.env;

for (const file of files) {
  const isPassed =
    realUrl && realKey ? await passes(file, { url: realUrl, gatewayKey: realKey }) : await passesWithStandIn(file);
  if (!isPassed) process.exitCode = 1;
}

async function passesWithStandIn(file: string): Promise<boolean> {
  const deployment = await startEmbeddedProcess();
  return await passes(file, deployment).finally(() => deployment.close());
}

async function passes(file: string, { url, gatewayKey }: CloudAddress): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--test', '--test-reporter=spec', file], {
    cwd: root,
    env: { ...process.env, CONVEX_URL: url, EARSHOT_GATEWAY_KEY: gatewayKey, EARSHOT_REQUIRE_BROWSER: '1' },
    stdio: 'inherit',
  });
  return await new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => resolve(code === 0));
  });
}
