/**
 * Runs a daemon for a command until a signal or the last turn: shows the state, prints each turn, and returns the exit code.
 */

import { hostname } from 'node:os';
import { isatty } from 'node:tty';
import type { Dial } from '../../../actors/network/socket.ts';
import { audioBackends } from '../../../actors/sound/backends/open.ts';
import { leaveProcess } from '../../../actors/sound/leave.ts';
import { keyboardTrigger } from '../../../actors/trigger/keyboard.ts';
import { recordingTrigger } from '../../../actors/trigger/recording.ts';
import { signalTrigger } from '../../../actors/trigger/signal.ts';
import type { ConversationNotification } from '../../../machines/conversation-context.ts';
import { PUSH_TO_TALK } from '../../core/contracts/index.ts';
import { describeError, EarshotError, type ErrorInfo, errorFields, errorInfo } from '../../core/errors.ts';
import { STDIN_FD } from '../../core/files/descriptors.ts';
import type { Log } from '../../core/log/log.ts';
import { keepServingAfterErrors } from '../../core/process/uncaught.ts';
import { systemClock } from '../../core/time/clock.ts';
import { audioHosting } from '../../device/audio/choose-host.ts';
import { createDaemon } from '../../device/daemon.ts';
import { attachDucking } from '../../device/ducking/attach.ts';
import { createEarconCues } from '../../device/earcon-cues.ts';
import { listenSettingsOf } from '../../device/listen-settings.ts';
import type { SayAnnouncement } from '../../device/local-api/commands.ts';
import { checkSound } from '../../device/sound-check.ts';
import { connectSystemd } from '../../device/systemd.ts';
import type { Inspector } from '../../observability/inspect/inspector.ts';
import { createCounters } from '../../observability/monitor/counters.ts';
import type { DeviceTracing } from '../../observability/tracing/open-tracing.ts';
import { reportTurn, type TurnReport } from '../../observability/turn-report.ts';
import { apiPlacesOf, hooksOf } from './api-options.ts';
import { attachPrograms } from './attach-programs.ts';
import type { AudioDevices } from './audio-devices.ts';
import { captureHint, type Hint } from './capture-hint.ts';
import { namesCard } from './card-options.ts';
import { createCloudConfirmation } from './cloud-confirmation.ts';
import { createDaemonLog } from './daemon-log.ts';
import { createDisplay } from './display.ts';
import { listenOptionsOf, wakeWordOf } from './listen-options.ts';
import { openLog, type SessionOptions } from './options.ts';
import { EXIT_READER_GONE, isMessageTerminal, onReaderGone, printJson } from './output.ts';
import { tracingOf } from './tracing-option.ts';

/** How long `--once` waits for a connection. */
const ONCE_CONNECT_MS = 15_000;

const NO_CONNECTION: ErrorInfo = {
  code: 'gateway_unreachable',
  message: `No connection to the gateway within ${ONCE_CONNECT_MS / 1_000} s`,
  hint: 'Check --gateway, and that the gateway runs (earshot gateway).',
};
const NO_SPEECH: ErrorInfo = {
  code: 'nothing_heard',
  message: 'The recording is over, and nobody began to speak in it',
  hint: 'Use --mode push to send all of it.',
};
const EXIT_INTERRUPTED = 130;
/** How long `--once --json` waits for the confirmation that the turn and its recording are in the cloud. */
const STORED_TIMEOUT_MS = 5_000;

export interface DaemonExit {
  exitCode: number;
  /** False: a lost sound card keeps the process alive. */
  allCardsClosed: boolean;
  /** Some of a reply was played. */
  hasReply: boolean;
}

/** Sets the exit code; ends the process only where a lost sound card would keep it alive. */
export function exitProcess({ exitCode, allCardsClosed }: Omit<DaemonExit, 'hasReply'>): void {
  process.exitCode = exitCode;
  if (!allCardsClosed) leaveProcess(exitCode, false);
}

export interface RunDaemonOptions {
  dial: Dial;
  options: SessionOptions;
  sound: AudioDevices;
  /** Folder for data that must survive a restart. */
  state: string;
  /** The gateway has paired this device. */
  onToken?: (token: string) => void;
  inspector?: Inspector;
  /** Lets the device speak, where this process has the gateway, too. */
  say?: SayAnnouncement;
  /** The shutdown began; the process will end with this code. */
  onShutdown?: (exitCode: number) => void;
}

async function deviceTracing(options: SessionOptions, log: Log): Promise<DeviceTracing | undefined> {
  const settings = tracingOf(options, log);
  if (!settings) return undefined;
  const { openDeviceTracing } = await import('../../observability/tracing/open-tracing.ts');
  return openDeviceTracing({ ...settings, device: options.name ?? hostname() });
}

/** Resolves once the last turn is over or a signal came. */
export async function runDaemon({
  dial,
  options,
  sound,
  state,
  onToken,
  inspector,
  say,
  onShutdown,
}: RunDaemonOptions): Promise<DaemonExit> {
  const log = openLog(options);
  const apiPlaces = apiPlacesOf(options, state);
  const hooks = hooksOf(options);
  if (!options.once) keepServingAfterErrors(log);
  const { microphone, speaker } = sound;
  const isRecording = audioBackends.isRecording(microphone);
  const listen = listenOptionsOf(options);
  const wakeWord = await wakeWordOf(options);
  try {
    await checkSound(microphone, speaker);
  } catch (error) {
    // The daemon runs without a card: it may be plugged in later.
    if (options.once || namesCard(options) || !(error instanceof EarshotError)) throw error;
    log.warn('no sound card yet', errorFields(error));
  }
  const tracing = await deviceTracing(options, log);
  const audio = await audioHosting(options.threads);
  const hasKeyboard = isatty(STDIN_FD) && isMessageTerminal();
  const display = createDisplay({ microphone, speaker, interactive: hasKeyboard, quiet: options.json === true });

  return new Promise((resolve) => {
    let ending = false;
    const counters = createCounters();
    let listensToRecording = false;
    let hasReply = false;
    const confirmation = createCloudConfirmation(systemClock);
    const daemon = createDaemon({
      dial,
      state,
      microphone,
      speaker,
      framesPerPacket: options.framesPerPacket,
      ...(options.bufferMs !== undefined && { bufferMs: options.bufferMs }),
      playback: options.playback,
      encoder: options.encoder,
      complexity: options.complexity,
      echoCanceller: options.echoCanceller,
      audio,
      ...(options.name === undefined ? {} : { name: options.name }),
      group: options.group,
      ...(isRecording ? { listenForThisRun: PUSH_TO_TALK } : { listen }),
      wakeWord,
      // One turn is the person's: a ring would take the place of the question.
      mayRing: options.once !== true,
      triggers: [
        signalTrigger,
        ...(hasKeyboard
          ? [
              keyboardTrigger(
                process.stdin,
                () => void end(0),
                () => inspector?.save('terminal'),
                toggleMute,
              ),
            ]
          : []),
        ...(isRecording && options.mode === 'push' ? [recordingTrigger()] : []),
      ],
      onNotification,
      ...(tracing && { traceparent: tracing.traceparent }),
      ...(onToken && { onToken }),
      muted: options.muted === true,
      allowsRemotePress: options.allowRemotePress === true,
      ...(display.wantsLevels && { onLevels: display.levels }),
      ...(inspector && { inspector }),
      log,
    });
    const isAlive = () => daemon.conversation.getSnapshot().status === 'active';
    const systemd = connectSystemd({ clock: systemClock, log, isAlive });
    systemd.ready();
    const writeLog = createDaemonLog({ systemd, clock: systemClock, log });
    const earcons = createEarconCues({
      play: daemon.playEarcon,
      // In a file they would be in the middle of the reply.
      chosen: audioBackends.fileOf(speaker) === undefined ? options.earcons : [],
      settings: daemon.listenSettings,
      clock: systemClock,
    });
    const ducking = attachDucking({ percent: options.duck, state, clock: systemClock, log });
    const programs = attachPrograms({
      ...{ daemon, counters, say, state, log },
      hasMonitor: options.once !== true,
      api: { ...apiPlaces, hooks },
      onAddress: display.note,
    });
    const giveUp = options.once ? setTimeout(() => fail(NO_CONNECTION), ONCE_CONNECT_MS) : undefined;
    process.once('SIGINT', () => void end(EXIT_INTERRUPTED));
    process.once('SIGTERM', () => void end(0));
    onReaderGone(() => void end(EXIT_READER_GONE));
    daemon.start();

    function toggleMute(): void {
      try {
        programs.change(() => daemon.mute(!daemon.muted));
      } catch (error) {
        display.problem(describeError(errorInfo(error)));
      }
    }

    function onNotification(notification: ConversationNotification): void {
      if (ending) return;
      display.notify(notification);
      counters.note(notification);
      programs.note(notification);
      ducking.note(notification);
      earcons.note(notification);
      programs.update();
      switch (notification.type) {
        case 'link.changed':
          listenToRecording();
          if (!notification.up && options.once) return fail(notification.error);
          if (notification.up) clearTimeout(giveUp);
          break;
        case 'link.pairing':
          return clearTimeout(giveUp);
        case 'turn.stored':
          if (notification.cloud) confirmation.note(notification.id);
          return;
        case 'listener.ended':
          if (options.once && daemon.conversation.getSnapshot().value === 'idle') fail(NO_SPEECH);
          return;
        case 'capture.clipping':
        case 'capture.silence':
          return warn(captureHint(notification, microphone));
        case 'turn.finished':
          tracing?.turn(notification.record);
          if (notification.record.error?.code === 'output_closed') return void end(EXIT_READER_GONE);
          return void finish(reportTurn(notification.record));
      }
      writeLog(notification);
    }

    /**
     * A recording is heard once: not before it is known whether there is a gateway. As the command line says: what was set for the room is not meant,
     * and the next run with a sound card does not listen like this one.
     */
    function listenToRecording(): void {
      if (!isRecording || options.mode === 'push' || listensToRecording) return;
      listensToRecording = true;
      daemon.listenForThisRun(listenSettingsOf(listen));
    }

    async function finish(report: TurnReport): Promise<void> {
      // It may come first, and is not the turn that is asked for.
      if (options.once && report.trigger === 'announcement') return;
      hasReply ||= report.reply.ms > 0;
      daemon.reportLatencies(report.turnId, report.latencyMs);
      if (options.json) {
        if (options.once && report.outcome === 'done') await confirmation.wait(report.turnId, STORED_TIMEOUT_MS);
        printResult({ ...report, stored: confirmation.has(report.turnId) });
      }
      if (options.once) await end(report.outcome === 'done' ? 0 : 1);
    }

    /** A failure to write (a full disk, for example) ends the daemon: its results would be lost. */
    function printResult(result: unknown): void {
      try {
        printJson(result);
      } catch (error) {
        fail(errorInfo(error));
      }
    }

    function warn({ message, hint }: Hint): void {
      if (hasKeyboard) display.problem(describeError({ message, hint }));
      else log.warn('what is recorded is silent or clipped', { reason: message, hint });
    }

    function fail(error: ErrorInfo): void {
      display.problem(describeError(error));
      void end(1);
    }

    async function end(exitCode: number): Promise<void> {
      if (ending) return;
      ending = true;
      onShutdown?.(exitCode);
      systemd.stopping();
      programs.detach();
      earcons.close();
      clearTimeout(giveUp);
      display.close();
      const [allCardsClosed] = await Promise.all([daemon.stop(), ducking.close(), tracing?.close()]);
      resolve({ exitCode, allCardsClosed, hasReply });
    }
  });
}
