/**
 * `npm run test:deployment`: whether a gateway works with a deployment of Convex: the tests of gateway and cloud, then those of console and
 * pairing in a browser.
 *
 *     EARSHOT_GATEWAY_KEY=… npm run test:deployment -- --url https://NAME.convex.cloud [--only cloud,pairing]
 *
 * Each part is a tenant of its own (`check-…`): it begins with nothing, and sees and changes nothing of others who use the deployment. Its devices
 * are deleted afterwards, with all that is stored of them. Without --url a program stands in: the embedded cloud in a process of its own.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ConvexHttpClient } from 'convex/browser';
import { api } from '../../convex/_generated/api.js';
import { EarshotError } from '../../src/core/errors.ts';
import { signingKeyOf } from '../../src/core/identity/signing-key.ts';
import { signToken } from '../../src/core/identity/token.ts';
import { commandOptions, someOf, text } from '../support/command-options.ts';
import { startEmbeddedProcess } from '../support/embedded-process.ts';
import { explained } from './refusals.ts';

const PARTS = {
  cloud: 'test/cloud/self-hosted-deployment.test.ts',
  devices: 'test/browser/console-devices.test.ts',
  conversations: 'test/browser/console-conversations.test.ts',
  data: 'test/browser/console-conversations-data.test.ts',
  pairing: 'test/browser/talk-pairing.test.ts',
} as const;
type Part = keyof typeof PARTS;

interface Address {
  url: string;
  gatewayKey: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const say = (line: string) => void process.stdout.write(`${line}\n`);
const options = commandOptions('npm run test:deployment', 'Whether a gateway works with a deployment of Convex.', {
  url: text('url', 'of the deployment; EARSHOT_GATEWAY_KEY is its key. Default: a program stands in for it'),
  only: someOf(Object.keys(PARTS) as Part[], 'parts'),
});

try {
  if (options.url === undefined) await checkStandIn();
  else await check({ url: options.url, gatewayKey: keyOfEnvironment() });
} catch (error) {
  if (!(error instanceof EarshotError)) throw error;
  process.stderr.write(`${error.message}\n${error.hint}\n`);
  process.exitCode = 1;
}

function keyOfEnvironment(): string {
  const { EARSHOT_GATEWAY_KEY: gatewayKey } = process.env;
  if (gatewayKey) return gatewayKey;
  throw new EarshotError(
    'usage',
    'EARSHOT_GATEWAY_KEY is not set',
    'Set it to the key from which EARSHOT_JWKS of the deployment was made.',
  );
}

async function checkStandIn(): Promise<void> {
  const standIn = await startEmbeddedProcess();
  await check(standIn).finally(() => standIn.close());
}

async function check(address: Address): Promise<void> {
  say(`${address.url}: ${await answerOf(address)}`);
  for (const part of options.only) {
    const tenant = `check-${randomBytes(4).toString('hex')}`;
    say(`\n${part}: ${PARTS[part]}, as tenant ${tenant}`);
    const isPassed = await passes(PARTS[part], address, tenant);
    const removed = await removeDevices(address, tenant);
    say(`${part}: ${isPassed ? 'passed' : 'FAILED'}; ${removed} devices deleted`);
    if (!isPassed) process.exitCode = 1;
  }
}

/** @throws EarshotError when the deployment cannot be reached, lacks the functions, or does not accept the key */
async function answerOf(address: Address): Promise<string> {
  try {
    const devices = await (await operator(address, 'check')).query(api.devices.list, {});
    return `it has the functions, and accepts the key (${devices.length} devices in the tenant check)`;
  } catch (error) {
    throw explained(error, address.url);
  }
}

async function passes(file: string, { url, gatewayKey }: Address, tenant: string): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--test', '--test-reporter=spec', file], {
    cwd: root,
    env: {
      ...process.env,
      CONVEX_URL: url,
      CONVEX_SELF_HOSTED_URL: url,
      EARSHOT_GATEWAY_KEY: gatewayKey,
      EARSHOT_TENANT: tenant,
      EARSHOT_REQUIRE_BROWSER: '1',
    },
    stdio: 'inherit',
  });
  return await new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => resolve(code === 0));
  });
}

/** How many there were. */
async function removeDevices(address: Address, tenant: string): Promise<number> {
  const client = await operator(address, tenant);
  const devices = await client.query(api.devices.list, {});
  for (const { name } of devices) await client.mutation(api.devices.remove, { device: name });
  return devices.length;
}

async function operator({ url, gatewayKey }: Address, tenant: string): Promise<ConvexHttpClient> {
  const client = new ConvexHttpClient(url, { logger: false, skipConvexDeploymentUrlCheck: true });
  const claims = { role: 'operator', tenant, subject: 'npm run test:deployment' } as const;
  client.setAuth(await signToken(signingKeyOf(gatewayKey), claims, Date.now()));
  return client;
}
