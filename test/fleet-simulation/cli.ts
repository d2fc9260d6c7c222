/**
 * `npm run simulate:fleet`: a fleet in virtual time, with every fault, and the model of queues beside it. Its exit code is 1 when an invariant is violated.
 *
 *     npm run simulate:fleet -- [--devices 2000] [--gateways 8] [--zones 3] [--seed 1] [--seconds 160]
 *                               [--plot fleet.svg] [--json]
 *     npm run simulate:fleet -- --large       the model of queues alone: 100,000 devices at 50 gateways, with fast and slow clouds
 *     npm run simulate:fleet -- --bugs        puts bugs in, one at a time, and shows that each is found
 */

import { chart, commandOptions, count, flag } from '../support/command-options.ts';
import { BUGS } from './bugs.ts';
import { compared, modelTable } from './compare.ts';
import { figuresOf } from './figures.ts';
import { violationsWith } from './find-bug.ts';
import { faultsOf, runFleet } from './fleet.ts';
import { violationsOf } from './invariants.ts';
import { plotFleet } from './plot.ts';
import { runModel } from './queueing-model.ts';
import { FULL, LARGE, LARGE_CLOUDS } from './run-options.ts';
import { tableOf } from './table.ts';

const options = commandOptions(
  'npm run simulate:fleet',
  'Devices, gateways and the cloud in virtual time, with faults.',
  {
    devices: count('devices', FULL.devices),
    gateways: count('gateways', FULL.gateways),
    zones: count('zones of gateways', FULL.zones),
    seed: count('the same seed gives the same trace', FULL.seed, 0),
    seconds: count('of speech', FULL.talkMs / 1_000),
    plot: chart('draws the run'),
    json: flag('prints figures and trace as JSON'),
    large: flag('the model of queues alone: 100,000 devices at 50 gateways, with fast and slow clouds'),
    bugs: flag('puts bugs in, one at a time, and shows that each is found'),
  },
);
const { plot, json, large, bugs, seconds, ...size } = options;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function simulate(): Promise<void> {
  const before = process.cpuUsage();
  const fleet = await runFleet({
    ...FULL,
    ...size,
    talkMs: seconds * 1_000,
  });
  const { user, system } = process.cpuUsage(before);
  const violations = await violationsOf(fleet);
  const figures = figuresOf(fleet);
  const model = runModel({ ...fleet.options, faults: fleet.faults });
  if (json) print(JSON.stringify({ figures, model, violations, trace: fleet.trace }));
  else {
    print(`${tableOf(fleet, (user + system) / 1e6)}\n\n${compared(figures, model)}`);
    for (const { invariant, text } of violations) print(`VIOLATED: ${invariant}: ${text}`);
  }
  if (plot !== undefined) await plotFleet(plot, fleet);
  fleet.close();
  if (violations.length > 0) process.exitCode = 1;
}

async function findBugs(): Promise<void> {
  for (const bug of BUGS) {
    const violations = await violationsWith(bug);
    const isFound = violations.some(({ invariant }) => invariant === bug.finds);
    if (!isFound) process.exitCode = 1;
    print(`${isFound ? 'found' : 'NOT FOUND'}: ${bug.name}`);
    for (const { invariant, text } of violations) print(`    ${invariant}: ${text}`);
  }
}

function modelLarge(): void {
  for (const cloudCallsPerSecond of LARGE_CLOUDS) {
    const options = { ...LARGE, cloudCallsPerSecond };
    print(
      `\n${options.devices} devices, ${options.gateways} gateways, ${cloudCallsPerSecond} calls of the cloud a second`,
    );
    print(modelTable(runModel({ ...options, faults: faultsOf(options) })));
  }
}

if (bugs) await findBugs();
else if (large) modelLarge();
else await simulate();
