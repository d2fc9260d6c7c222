/**
 * `npm run seed`: fills the cloud of a gateway with data to look at.
 *
 *     npm run seed -- [--state FOLDER] [--turns 10000] [--devices 50] [--recordings 20] [--reports 24] [--days 30] [--seed 1]
 *
 * With CONVEX_URL and EARSHOT_GATEWAY_KEY it is that deployment. Else it is the embedded cloud of the gateway with this `--state`: the one that runs,
 * or its data while none runs. A second run with the same seed adds turns of other ids.
 */
import { createProgress } from '../../src/cli/terminal/progress.ts';
import { startEmbeddedCloud } from '../../src/cloud/supervise.ts';
import { defaultStateFolder } from '../../src/core/files/paths.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type CloudAddress, deploymentOf, readEmbedded } from '../../src/gateway/cloud-address.ts';
import { openEmbeddedHome } from '../../src/gateway/embedded-home.ts';
import { commandOptions, count, text } from '../support/command-options.ts';
import { seedCloud } from './seed.ts';

const { state, ...amounts } = commandOptions('npm run seed', 'Fills a cloud with turns of many devices.', {
  state: text('folder', 'of the gateway', defaultStateFolder(process.env)),
  turns: count('turns', 10_000, 0),
  devices: count('devices', 50, 0),
  recordings: count('recordings', 20, 0),
  reports: count('reports of each device', 24, 0),
  days: count('in which all of it happened', 30, 0),
  seed: count('the same seed gives the same turns', 1, 0),
});

const progress = createProgress();
const close: (() => void)[] = [];
try {
  const { url, gatewayKey } = deploymentOf(process.env) ?? readEmbedded(state) ?? (await openCloud(state));
  const began = performance.now();
  const turns = await seedCloud({
    ...{ url, gatewayKey, ...amounts },
    onProgress: (doing, share) => progress.update(doing, share),
  });
  progress.end();
  const seconds = Math.round((performance.now() - began) / 1_000);
  process.stdout.write(`${turns.length} turns of ${amounts.devices} devices are stored in ${url}, in ${seconds} s.\n`);
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
