/**
 * Options that several commands share, and their validation.
 */

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Earcon } from '../../../actors/earcons/earcons.ts';
import { ECHO_CANCELLER_NAMES } from '../../../actors/echo/providers/choose.ts';
import { ECHO_CANCELLERS } from '../../../actors/echo/providers/index.ts';
import { audioBackends } from '../../../actors/sound/backends/open.ts';
import { defaultStateFolder } from '../../core/files/paths.ts';
import { createLog } from '../../core/log/create-log.ts';
import { LOG_LEVELS, type Log, type LogLevel } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import {
  ENCODER_POLICIES,
  type EncoderPolicy,
  PLAYBACK_POLICIES,
  type PlaybackPolicy,
  THREADS,
  type Threads,
} from '../../device/audio/audio-thread.ts';
import { DEFAULT_DUCK_PERCENT } from '../../device/ducking/attach.ts';
import { isName } from '../../protocol/bounds.ts';
import { OPUS_COMPLEXITY } from '../../protocol/format.ts';
import { type ApiFlags, addApiOptions } from './api-options.ts';
import { addCardOptions, type CardOptions } from './card-options.ts';
import { earconOption } from './earcon-option.ts';
import { endBySignal, exitWithin, SHUTDOWN_MS } from './exit.ts';
import { addInspectOptions, type InspectOptions } from './inspect-options.ts';
import { addListenOptions, type ListenFlags } from './listen-options.ts';
import { wholeNumber } from './number-options.ts';
import { optionGroup } from './option-group.ts';
import { printMessage } from './output.ts';
import { addTracingOption, type TracingFlags } from './tracing-option.ts';

/** A name as the protocol allows it. */
function nameArgument(value: string): string {
  if (isName(value)) return value;
  throw new InvalidArgumentError('A name has 1 to 128 characters, and no control characters among them.');
}

export interface LogFlags {
  logLevel: LogLevel;
  logFormat: 'text' | 'json';
}

export function addLogOptions(command: Command, defaultLevel: LogLevel): Command {
  return command
    .addOption(
      new Option('--log-level <level>', 'what to log on standard error')
        .choices(LOG_LEVELS)
        .default(defaultLevel)
        .env('EARSHOT_LOG_LEVEL'),
    )
    .addOption(
      new Option('--log-format <format>', 'how to log')
        .choices(['text', 'json'])
        .default('text')
        .env('EARSHOT_LOG_FORMAT'),
    );
}

export function openLog({ logLevel, logFormat }: LogFlags): Log {
  return createLog({ level: logLevel, format: logFormat, write: printMessage, now: systemClock.wallNow });
}

export interface StateOption {
  state?: string | undefined;
}

/** The folder for data that must survive a restart. */
export function addStateOption(command: Command): Command {
  return command.addOption(
    new Option('--state <folder>', 'folder for data that must survive a restart')
      .default(undefined, 'the state folder of the user')
      .env('EARSHOT_STATE'),
  );
}

/** Determined only when needed: a command that stores nothing needs no home folder. @throws EarshotError `usage` */
export function stateOf({ state }: StateOption): string {
  return state ?? defaultStateFolder();
}

/** What an `Authorization: Bearer` can carry (RFC 6750 §2.1). */
const TOKEN = /^[\w.~+/-]+=*$/;

export function tokenOption(): Option {
  return new Option('--token <token>', 'token of this device (default: the one from its pairing)')
    .argParser((value) => {
      if (TOKEN.test(value)) return value;
      throw new InvalidArgumentError('A token has only letters, digits and -._~+/.');
    })
    .env('EARSHOT_TOKEN');
}

export interface SessionOptions
  extends LogFlags,
    StateOption,
    CardOptions,
    InspectOptions,
    TracingFlags,
    ApiFlags,
    ListenFlags {
  input?: string;
  output?: string;
  name?: string;
  group?: string;
  framesPerPacket: number;
  bufferMs?: number;
  playback: PlaybackPolicy;
  encoder: EncoderPolicy;
  complexity: number;
  echoCanceller: string;
  threads: Threads;
  /** True: by the default. */
  duck?: number | true;
  earcons?: Earcon[];
  once?: boolean;
  json?: boolean;
  muted?: boolean;
  allowRemotePress?: boolean;
}

/** The options that `start` and `run` share: those of the device. */
export function addSessionOptions(command: Command, defaultLevel: LogLevel): Command {
  command
    .option('--once', 'one turn, then exit: 0 if it was answered, 1 if not; timers wait for the next start')
    .option('--json', 'print one JSON object a turn on standard output');
  addStateOption(command);
  optionGroup(command, 'Sound:', addSoundOptions);
  optionGroup(command, 'Hands free:', addListenOptions);
  optionGroup(command, 'Device:', addDeviceOptions);
  optionGroup(command, 'Codec and playback:', addCodecOptions);
  optionGroup(command, 'Local API:', addApiOptions);
  optionGroup(command, 'Inspector:', addInspectOptions);
  optionGroup(command, 'Logs and traces:', () => {
    addLogOptions(command, defaultLevel);
    addTracingOption(command);
  });
  return command;
}

function addSoundOptions(command: Command): void {
  command
    .option('--input <microphone>', `what to record from: ${audioBackends.usage('microphone').join('; ')}`)
    .option('--output <speaker>', `what to play to: ${audioBackends.usage('speaker').join('; ')}`);
  addCardOptions(command)
    .addOption(
      new Option('--muted', 'start with the microphone muted; unmute it with m on a terminal, or by the local API').env(
        'EARSHOT_MUTED',
      ),
    )
    .addOption(earconOption())
    .addOption(duckOption())
    .addOption(echoCancellerOption());
}

function addDeviceOptions(command: Command): void {
  command
    .addOption(
      new Option('--name <name>', "name of this device at the gateway (default: the host's)").env('EARSHOT_NAME'),
    )
    .addOption(
      new Option(
        '--group <name>',
        'devices within earshot of each other: one of them answers to a wake word (default: all of the gateway)',
      )
        .argParser(nameArgument)
        .env('EARSHOT_GROUP'),
    )
    .addOption(
      new Option(
        '--allow-remote-press',
        'people who are not beside this device may press it through the gateway, which opens the microphone: Home Assistant, MQTT, earshot control',
      ).env('EARSHOT_ALLOW_REMOTE_PRESS'),
    );
}

function addCodecOptions(command: Command): void {
  command
    .option(
      '--frames-per-packet <n>',
      '20 ms frames in a packet: 1 least latency, 3 least bandwidth',
      wholeNumber(1, 6),
      3,
    )
    .option(
      '--buffer-ms <ms>',
      'how much of a reply may be sent ahead of real time (default: 600; 60 with --playback live)',
      wholeNumber(0, 3_000),
    )
    .addOption(playbackOption())
    .addOption(
      new Option('--encoder <policy>', "adaptive: bitrate and FEC as the link needs them; fixed: the specification's")
        .choices(ENCODER_POLICIES)
        .default('adaptive'),
    )
    .option(
      '--complexity <n>',
      'complexity of the encoder, 0 to 10; 10 sounds better and takes more CPU time',
      wholeNumber(0, 10),
      OPUS_COMPLEXITY,
    )
    .addOption(threadsOption());
}

export function playbackOption(): Option {
  return new Option(
    '--playback <policy>',
    "jitter buffer: adaptive, for replies; live, with a short delay, for an echo or another person; fixed, by the specification's rule",
  )
    .choices(PLAYBACK_POLICIES)
    .default('adaptive');
}

export function echoCancellerOption(): Option {
  const described = ECHO_CANCELLERS.map(({ name, description }) => `${name}: ${description}`);
  return new Option(
    '--echo-canceller <name>',
    `removes the reply from what the listening microphone hears; auto: speex on one card, else none; ${described.join('; ')}; none: a reply cannot be interrupted by voice`,
  )
    .choices(ECHO_CANCELLER_NAMES)
    .default('auto')
    .env('EARSHOT_ECHO_CANCELLER');
}

function duckOption(): Option {
  return new Option(
    '--duck [percent]',
    `during a turn other programs keep this much of their volume, by PulseAudio or PipeWire (default percent: ${DEFAULT_DUCK_PERCENT})`,
  )
    .argParser(wholeNumber(0, 100))
    .env('EARSHOT_DUCK');
}

export function threadsOption(): Option {
  return new Option(
    '--threads <number>',
    'two: audio runs in a second thread; one: everything in one thread, for boards with little memory (earshot doctor recommends it)',
  )
    .choices(THREADS)
    .default('two')
    .env('EARSHOT_THREADS');
}

/** Resolves at SIGINT or SIGTERM, for a shutdown that takes its time. A second signal of either kind ends the process at once. */
export function drainSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isSecond = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (isSecond) endBySignal(signal);
      isSecond = true;
      resolve();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

/** Resolves at SIGINT or SIGTERM; from then on the time for the shutdown is limited. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      exitWithin(SHUTDOWN_MS);
      resolve();
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
}
