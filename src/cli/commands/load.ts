import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { parseGateway } from '../../../actors/network/gateway-address.ts';
import { EarshotError } from '../../core/errors.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import { outputName } from '../../core/files/descriptors.ts';
import { ARRIVALS, type ArrivalPattern } from '../../tools/load/arrivals.ts';
import { hasAssistant } from '../../tools/load/gateway-metrics.ts';
import { DEVICE_KINDS, type DeviceKind, type ReplyKind } from '../../tools/load/load-device.ts';
import { isFlawless } from '../../tools/load/load-result.ts';
import { loadLines, RAMP_HEAD, rampLine, rampLines } from '../../tools/load/load-text.ts';
import { NETWORK_NAMES } from '../../tools/load/networks.ts';
import type { LoadObserver, LoadPlan } from '../../tools/load/run-load.ts';
import { checkChartName } from '../../tools/simulation/chart.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { decimal, wholeNumber } from '../terminal/number-options.ts';
import { addStateOption, type StateOption } from '../terminal/options.ts';
import { printJson, printLine, printMessage } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';

interface LoadOptions extends StateOption {
  gateway?: string;
  devices: number;
  seconds: number;
  arrivals: ArrivalPattern;
  turnsPerMinute: number;
  network: string;
  speech?: string[];
  kind?: DeviceKind;
  replies?: ReplyKind;
  framesPerPacket: number;
  storm?: number[];
  stormPercent: number;
  ramp?: boolean;
  pair?: boolean;
  processes?: number;
  metrics?: string[];
  seed: number;
  plot?: string;
  json?: boolean;
  /** This process is a part of another `earshot load`. */
  part?: boolean;
}

/** So many devices are one process's share: beyond that its own timers are late (docs/load.md). */
const DEVICES_A_PROCESS = 500;

const define: DefineCommand = (command) => {
  command
    .addOption(new Option('--gateway <url>', 'the gateway to load').env('EARSHOT_GATEWAY'))
    .option('--devices <n>', 'number of devices; with --ramp the most', wholeNumber(1, 100_000), 100)
    .option('--seconds <n>', 'how long they speak; with --ramp in each step', wholeNumber(1, 86_400), 30)
    .addOption(new Option('--arrivals <pattern>', 'when people speak').choices(ARRIVALS).default('poisson'))
    .option('--turns-per-minute <n>', 'of one device, as a mean', decimal(0.01, 60), 4);
  addDeviceOptions(command);
  command
    .option('--storm <seconds>', 'cut the connections then; several times: 10,40', listOfSeconds)
    .option('--storm-percent <n>', 'of how many devices', decimal(0, 100), 100)
    .option('--ramp', 'more and more devices, to find how many the gateway bears')
    .option('--pair', "pair the devices in the gateway's cloud, and delete them at the end")
    .option(
      '--processes <n>',
      `processes for the devices (default: one for ${DEVICES_A_PROCESS}, as far as there are cores)`,
      wholeNumber(1, 64),
    )
    .option('--metrics <url...>', 'where to read metrics: each gateway behind a balancer (default: --gateway)')
    .option('--seed <n>', 'seed of what is said and when', wholeNumber(0, 0xffffff), 1)
    .option('--plot <file>', 'draw it over time, or a ramp over the number of devices; .svg or .png')
    .option('--json', 'print one JSON object (docs/schemas/load.json)')
    .addOption(new Option('--part').hideHelp());
  addStateOption(command).addHelpText('after', HELP).action(run);
};

function addDeviceOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '--kind <kind>',
        'full: devices as real ones, which store, resume and deliver turns; light: only their messages, at a fraction of the cost (default: full; with --ramp light)',
      ).choices(DEVICE_KINDS),
    )
    .option('--network <name>', `network of the devices: ${NETWORK_NAMES.join(', ')}, or a file of delays`, 'none')
    .option('--speech <wav...>', 'recordings to say, whole (default: stretches of 1 to 4 s of the bundled ones)')
    .addOption(
      new Option(
        '--replies <kind>',
        'whether the gateway repeats what it hears, so that each frame can be compared (default: the gateway is asked)',
      ).choices(['repeated', 'other']),
    )
    .option('--frames-per-packet <n>', '20 ms frames in a packet', wholeNumber(1, 6), 3);
}

const HELP = `
Exit code 0 when all turns were answered, or said without a connection and delivered later, and no frame was lost or came twice; with --ramp when a step does not bend.

More in docs/load.md.`;

async function run(options: LoadOptions): Promise<void> {
  if (options.part) {
    const { runPart } = await import('../../tools/load/part.ts');
    return await runPart();
  }
  const { plot, json = false, speech = [], ramp = false, storm = [] } = options;
  if (plot !== undefined) checkChartName(plot);
  if (ramp && storm.length > 0) throw new EarshotError('usage', '--ramp has no storms', 'Leave out --storm or --ramp.');
  if (storm.length > 0 && options.kind === 'light') {
    throw new EarshotError('usage', 'Light devices do not resume turns after a storm', 'Use --kind full.');
  }
  checkFiles({ inputs: speech, outputs: [plot], printsJson: json });
  const plan = await planOf(options);
  const progress = createProgress();
  const interrupt = new AbortController();
  // Once ends the test, and prints what was measured; twice ends the program.
  process.once('SIGINT', () => interrupt.abort(interrupted()));
  const observer: LoadObserver = {
    signal: interrupt.signal,
    onConnected: (connected, of) => progress.update(`connecting, ${connected} of ${of} devices`, undefined),
    onPoint: ({ atMs, connected, talking }) =>
      progress.update(`${connected} connected, ${talking} in a turn`, Math.min(1, atMs / 1_000 / plan.seconds)),
  };
  const paired = options.pair ? await pair(options, (n) => progress.update('pairing', n / options.devices)) : undefined;
  try {
    const tokens = paired?.names.map((_, i) => paired.tokenOf(i) ?? '') ?? null;
    await (ramp ? runRampOf : runPlan)({ ...plan, tokens }, observer, options);
  } finally {
    progress.end();
    await paired?.remove();
  }
}

async function runPlan(plan: LoadPlan, observer: LoadObserver, { json, plot }: LoadOptions): Promise<void> {
  const { runLoad } = await import('../../tools/load/run-load.ts');
  const result = await runLoad(plan, observer);
  if (json) printJson(result);
  else for (const line of loadLines(result)) printLine(line);
  if (plot !== undefined) {
    const { plotLoad } = await import('../../tools/load/load-plot.ts');
    await plotLoad(plot, result);
    printMessage(`wrote ${outputName(plot)}`);
  }
  process.exitCode = isFlawless(result) && result.unconfirmed === 0 ? 0 : 1;
}

async function runRampOf(plan: LoadPlan, observer: LoadObserver, { json, plot }: LoadOptions): Promise<void> {
  const { runRamp } = await import('../../tools/load/ramp.ts');
  printMessage(RAMP_HEAD);
  const result = await runRamp(plan, { ...observer, onStep: (step) => printMessage(rampLine(step)) });
  if (json) printJson(result);
  else for (const line of rampLines(result)) printLine(line);
  if (plot !== undefined) {
    const { plotRamp } = await import('../../tools/load/load-plot.ts');
    await plotRamp(plot, result);
    printMessage(`wrote ${outputName(plot)}`);
  }
  process.exitCode = result.steps.some(({ bend }) => !bend) ? 0 : 1;
}

async function planOf(options: LoadOptions): Promise<LoadPlan> {
  const { gateway, devices, seconds, seed, network, speech = [], framesPerPacket, storm = [] } = options;
  if (gateway === undefined)
    throw new EarshotError('usage', 'Which gateway?', 'Name it: --gateway ws://127.0.0.1:4433');
  const address = parseGateway(gateway);
  const web = `${address.protocol.replace('ws', 'http')}//${address.host}`;
  const cores = Math.max(1, availableParallelism() - 1);
  return {
    ...{ gateway: address.href.replace(/\/$/, ''), devices, seconds, seed, network, speech, framesPerPacket },
    ...{ pattern: options.arrivals, turnsPerMinute: options.turnsPerMinute },
    kind: options.kind ?? (options.ramp ? 'light' : 'full'),
    replies: options.replies ?? ((await hasAssistant(web)) ? 'other' : 'repeated'),
    parts: options.processes ?? Math.min(cores, Math.ceil(devices / DEVICES_A_PROCESS)),
    storms: storm.toSorted((a, b) => a - b),
    stormShare: options.stormPercent / 100,
    metricsFrom: options.metrics?.map((url) => url.replace(/^ws/, 'http').replace(/\/$/, '')) ?? [web],
    tokens: null,
  };
}

async function pair({ devices, state }: LoadOptions, onProgress: (devices: number) => void) {
  const { provisionDevices } = await import('../../tools/load/provision.ts');
  return await provisionDevices({ devices, state, onProgress });
}

function interrupted(): EarshotError {
  return new EarshotError('usage', 'Interrupted before the devices were connected', 'Nothing was measured.');
}

function listOfSeconds(value: string): number[] {
  return value.split(',').map(wholeNumber(0, 86_400));
}

export default define;
