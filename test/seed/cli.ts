/**
 * `npm run seed`: fills the cloud of a gateway with data to look at.
 *
 *     npm run seed -- [--state FOLDER] [--turns 10000] [--devices 50] [--recordings 20] [--reports 24] [--days 30] [--seed 1]
 *
 * With CONVEX_URL and EARSHOT_GATEWAY_KEY it is that deployment. Else it is the embedded cloud of the gateway with this `--state`: the one that runs,
 * or its data while none runs. A second run with the same seed adds turns of other ids.
 */
import { parseArgs } from 'node:util';
import { createProgress } from '../../src/cli/terminal/progress.ts';
import { startEmbeddedCloud } from '../../src/cloud/supervise.ts';
import { defaultStateFolder } from '../../src/core/files/paths.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type CloudAddress, deploymentOf, readEmbedded } from '../../src/gateway/cloud-address.ts';
import { openEmbeddedHome } from '../../src/gateway/embedded-home.ts';
import { seedCloud } from './seed.ts';

const { values } = parseArgs({
  options: {
    state: { type: 'string', default: defaultStateFolder(process.env) },
    turns: { type: 'string', default: '10000' },
    devices: { type: 'string', default: '50' },
    recordings: { type: 'string', default: '20' },
    reports: { type: 'string', default: '24' },
    days: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
  },
});

/** A name of an option, and its value as a whole number. */
function count(name: Exclude<keyof typeof values, 'state'>): number {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} is a whole number, not ${values[name]}`);
  return value;
}

const progress = createProgress();
const close: (() => void)[] = [];
try {
  const { url, gatewayKey } =
    deploymentOf(process.env) ?? readEmbedded(values.state) ?? (await openCloud(values.state));
  const began = performance.now();
  const turns = await seedCloud({
    ...{ url, gatewayKey, turns: count('turns'), devices: count('devices'), recordings: count('recordings') },
    ...{ reports: count('reports'), days: count('days'), seed: count('seed') },
    onProgress: (doing, share) => progress.update(doing, share),
  });
  progress.end();
  const seconds = Math.round((performance.now() - began) / 1_000);
  process.stdout.write(`${turns.length} turns of ${values.devices} devices are stored in ${url}, in ${seconds} s.\n`);
} finally {
  progress.end();
  for (const each of close) each();
}

/** The data of a gateway that does not run. */
async function openCloud(state: string): Promise<CloudAddress> {
  const home = openEmbeddedHome(state, false);
  const cloud = await startEmbeddedCloud({ ...home, limits: DEFAULT_LIMITS, log: silentLog });
  close.push(cloud.close);
  return cloud;
}
