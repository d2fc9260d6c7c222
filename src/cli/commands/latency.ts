import { hostname } from 'node:os';
import { type Command, Option } from 'commander';
import { parseGateway } from '../../../actors/network/gateway-address.ts';
import { tokenFor } from '../../../actors/network/readable-token.ts';
import type { Dial } from '../../../actors/network/socket.ts';
import { dialer } from '../../../actors/network/websocket.ts';
import { parseMicrophone, parseSpeaker } from '../../../actors/sound/backends/open.ts';
import { EarshotError } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import type { PlaybackPolicy, Threads } from '../../device/audio/audio-thread.ts';
import { readDeviceToken } from '../../device/device-token.ts';
import type { Instrument } from '../../tools/latency/acoustic.ts';
import type { InstrumentOptions } from '../../tools/latency/instrument.ts';
import type { MeasuredDevice } from '../../tools/latency/measured-device.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { exitWithin, SHUTDOWN_MS } from '../terminal/exit.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import {
  addLogOptions,
  addStateOption,
  type LogFlags,
  openLog,
  playbackOption,
  type StateOption,
  stateOf,
  threadsOption,
  tokenOption,
} from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';
import { exitProcess } from '../terminal/run-daemon.ts';

interface LatencyOptions extends LogFlags, StateOption {
  iterations: number;
  framesPerPacket: number;
  playback: PlaybackPolicy;
  threads: Threads;
  responder?: string;
  gateway?: string;
  token?: string;
  name: string;
  acoustic?: boolean;
  device?: string;
  outputDevice?: string;
  inputDevice?: string;
  reference?: string;
  /** This process measures for another `earshot latency`. */
  instrument?: boolean;
  json?: boolean;
}

const define: DefineCommand = (command) => {
  command
    .option('--iterations <n>', 'number of turns to measure', wholeNumber(1, 10_000), 100)
    .option('--frames-per-packet <n>', '20 ms frames in a packet', wholeNumber(1, 6), 3)
    .addOption(new Option('--responder <name>', 'responder (default: echo)').choices(['echo', 'parrot']))
    .addOption(playbackOption())
    .addOption(threadsOption())
    .option('--json', 'print one JSON object');
  addGatewayOptions(command);
  addAcousticOptions(command);
  addStateOption(command);
  addLogOptions(command, 'warn')
    .addHelpText('after', HELP)
    .action(async (options: LatencyOptions) => {
      if (!options.instrument) return await measure(options);
      const { runInstrument } = await import('../../tools/latency/instrument.ts');
      await runInstrument(instrumentOf(options));
    });
};

function addGatewayOptions(command: Command): void {
  command
    .option('--gateway <url>', 'use this gateway and its responder (default: a temporary gateway on this machine)')
    .addOption(tokenOption())
    .option('--name <name>', 'name at the gateway, if there is no token', `${hostname()}-latency`);
}

function addAcousticOptions(command: Command): void {
  command
    .option(
      '--acoustic',
      "also measure the acoustic delay: a chirp is played into the microphone and found in the speaker's output",
    )
    .option('--device <name>', 'with --acoustic: the sound card to measure')
    .option('--output-device <name>', 'with --acoustic: the sound card that plays into its microphone')
    .option('--input-device <name>', 'with --acoustic: the sound card that records its loudspeaker')
    .option(
      '--reference <name>',
      'with --acoustic: a sound card that records --output-device, if --input-device does not',
    )
    .addOption(new Option('--instrument').hideHelp());
}

const HELP = `
Without --acoustic, the input is 0.6 s of a recording and the reply is discarded: this measures everything but the sound card.
Exit code 0 when every turn was answered.`;

async function measure(options: LatencyOptions): Promise<void> {
  const { iterations, framesPerPacket, json = false } = options;
  check(options);
  const log = openLog(options);
  const progress = createProgress();
  const onTurn = (turns: number) => progress.update('turns', turns / iterations);
  const { measureAcoustically, measureStages } = await import('../../tools/latency/measure.ts');
  await withDevice(options, log, async (device, instrument) => {
    const run = { device, iterations, onTurn };
    const result = instrument ? await measureAcoustically({ ...run, instrument }) : await measureStages(run);
    progress.end();
    if (json) printJson({ gateway: options.gateway ?? 'own', framesPerPacket, ...result.figures });
    else for (const row of result.lines) printLine(row);
    process.exitCode = result.figures.answered === iterations ? 0 : 1;
  });
}

/** Opens everything that is needed, and closes it in the opposite order. */
async function withDevice(
  options: LatencyOptions,
  log: Log,
  work: (device: MeasuredDevice, instrument: Instrument | undefined) => Promise<void>,
): Promise<void> {
  const opened: (() => unknown)[] = [];
  let allCardsClosed = true;
  try {
    const instrument = options.acoustic ? await openInstrument(options) : undefined;
    if (instrument) opened.push(instrument.close);
    const gateway = await openGateway(options, log);
    opened.push(gateway.close);
    const sound = instrument ? cards(options) : await recording();
    opened.push(sound.remove);
    const { openMeasuredDevice } = await import('../../tools/latency/measured-device.ts');
    const { name, framesPerPacket, playback, threads } = options;
    const { microphone, speaker } = sound;
    const device = await openMeasuredDevice({
      ...{ dial: gateway.dial, name, microphone, speaker, framesPerPacket, playback, threads, log },
    });
    opened.push(async () => {
      allCardsClosed = await device.close();
    });
    await work(device, instrument);
  } finally {
    exitWithin(SHUTDOWN_MS);
    for (const close of opened.reverse()) await close();
  }
  if (!allCardsClosed) exitProcess({ exitCode: Number(process.exitCode ?? 0), allCardsClosed });
}

async function openInstrument(options: LatencyOptions): Promise<Instrument> {
  const { startInstrument } = await import('../../tools/latency/acoustic.ts');
  return startInstrument(instrumentOf(options));
}

async function openGateway(options: LatencyOptions, log: Log): Promise<{ dial: Dial; close(): Promise<void> }> {
  if (options.gateway !== undefined) {
    const token = options.token ?? readDeviceToken(stateOf(options));
    const gateway = parseGateway(options.gateway);
    return { dial: dialer({ gateway, token: tokenFor(gateway, () => token, log) }), close: async () => {} };
  }
  const { startLoopbackGateway } = await import('../../tools/latency/loopback-gateway.ts');
  const { url, close } = await startLoopbackGateway(options.responder ?? 'echo', log);
  return { dial: dialer({ gateway: new URL(url) }), close };
}

function cards({ device }: LatencyOptions) {
  return { microphone: parseMicrophone(undefined, device), speaker: parseSpeaker(undefined, device), remove() {} };
}

async function recording() {
  const { makeShortRecording } = await import('../../tools/latency/short-recording.ts');
  const { path, remove } = await makeShortRecording();
  return { microphone: parseMicrophone(path), speaker: parseSpeaker('null'), remove };
}

function check({ gateway, responder, acoustic, outputDevice, inputDevice, device, reference }: LatencyOptions): void {
  if (gateway !== undefined && responder !== undefined) {
    const hint = 'Start that gateway with --responder, or omit --gateway.';
    throw new EarshotError(
      'usage',
      '--responder cannot be combined with --gateway: that gateway has its own responder',
      hint,
    );
  }
  if (acoustic && (outputDevice === undefined || inputDevice === undefined)) {
    const hint = 'List the cards with: earshot devices. docs/operations.md describes how to measure with one card.';
    throw new EarshotError('usage', '--acoustic needs --output-device and --input-device', hint);
  }
  if (!acoustic && [outputDevice, inputDevice, device, reference].some((each) => each !== undefined)) {
    throw new EarshotError('usage', 'Sound cards are used only with --acoustic', 'Add --acoustic.');
  }
}

function instrumentOf({ outputDevice = '', inputDevice = '', reference }: LatencyOptions): InstrumentOptions {
  return { loudspeaker: outputDevice, microphone: inputDevice, ...(reference !== undefined && { reference }) };
}

export default define;
