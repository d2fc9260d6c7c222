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
import { describeError, EarshotError, type ErrorInfo, errorFields, errorInfo, infoFields } from '../../core/errors.ts';
import { STDIN_FD } from '../../core/files/descriptors.ts';
import { apiTokenFile } from '../../core/files/paths.ts';
import type { Log } from '../../core/log/log.ts';
import { prometheusLines } from '../../core/metrics/metric-family.ts';
import { keepServingAfterErrors } from '../../core/process/uncaught.ts';
import { systemClock } from '../../core/time/clock.ts';
import { audioHosting } from '../../device/audio/choose-host.ts';
import { createDaemon } from '../../device/daemon.ts';
import { attachDucking } from '../../device/ducking/attach.ts';
import { createEarconCues } from '../../device/earcon-cues.ts';
import { attachLocalApi } from '../../device/local-api/attach.ts';
import type { SayAnnouncement } from '../../device/local-api/commands.ts';
import { createLocalEvents } from '../../device/local-api/local-events.ts';
import { checkSound } from '../../device/sound-check.ts';
import { connectSystemd } from '../../device/systemd.ts';
import type { Inspector } from '../../observability/inspect/inspector.ts';
import { attachMonitor } from '../../observability/monitor/attach.ts';
import { createCollector, processUsage } from '../../observability/monitor/collector.ts';
import { createCounters } from '../../observability/monitor/counters.ts';
import { deviceFamilies } from '../../observability/monitor/prometheus.ts';
import type { DeviceTracing } from '../../observability/tracing/open-tracing.ts';
import { reportTurn, type TurnReport } from '../../observability/turn-report.ts';
import { apiPlacesOf, hooksOf } from './api-options.ts';
import type { AudioDevices } from './audio-devices.ts';
import { captureHint, type Hint } from './capture-hint.ts';
import { namesCard } from './card-options.ts';
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
    let linkLostAtMs: number | undefined;
    let linkDownMs = 0;
    /** The last turn that is completely in the cloud, and the callback of a pending `stored`. */
    let storedId: string | undefined;
    let hasReply = false;
    let onStored: (() => void) | undefined;
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
      ...(!isRecording && { listen }),
      wakeWord,
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
    const detachMonitor = options.once
      ? () => {}
      : attachMonitor({
          counters,
          source: daemon.monitored,
          report: daemon.reportMetrics,
          clock: systemClock,
          log,
        });
    const forPrometheus = createCollector({
      ...{ counters, source: daemon.monitored, usage: processUsage, clock: systemClock },
    });
    const earcons = createEarconCues({
      play: daemon.playEarcon,
      // In a file they would be in the middle of the reply.
      chosen: audioBackends.fileOf(speaker) === undefined ? options.earcons : [],
      settings: daemon.listenSettings,
      clock: systemClock,
    });
    const ducking = attachDucking({ percent: options.duck, state, clock: systemClock, log });
    let unwatchLevels = () => {};
    const { talk } = daemon;
    const events = createLocalEvents(settingsNow(), (error) =>
      log.warn('a client of the local API failed', errorFields(error)),
    );
    const detachApi = attachLocalApi({
      ...apiPlaces,
      hooks,
      events,
      readMetrics: async () =>
        prometheusLines([...deviceFamilies(await forPrometheus.collect()), counters.readLatencies()]),
      target: {
        ...talk,
        state: events.state,
        mute: (muted) => change(() => daemon.mute(muted)),
        say,
        listen: (settings) => change(() => daemon.listen(settings)),
        setVolume: (volumePercent) => change(() => daemon.setVolume(volumePercent)),
      },
      onLevelsWanted(wanted) {
        unwatchLevels();
        unwatchLevels = wanted ? daemon.watchLevels(events.levels) : () => {};
      },
      onPort: (port) => display.note(`local API at http://127.0.0.1:${port}; its token is in ${apiTokenFile(state)}`),
      clock: systemClock,
      log,
    });
    const giveUp = options.once ? setTimeout(() => fail(NO_CONNECTION), ONCE_CONNECT_MS) : undefined;
    process.once('SIGINT', () => void end(EXIT_INTERRUPTED));
    process.once('SIGTERM', () => void end(0));
    onReaderGone(() => void end(EXIT_READER_GONE));
    daemon.start();

    function settingsNow() {
      return { muted: daemon.muted, volumePercent: daemon.volumePercent, listening: daemon.listenSettings() };
    }

    /** Also when it cannot be stored: it applies. */
    function change(set: () => void): void {
      try {
        set();
      } finally {
        events.set(settingsNow());
      }
    }

    function toggleMute(): void {
      try {
        change(() => daemon.mute(!daemon.muted));
      } catch (error) {
        display.problem(describeError(errorInfo(error)));
      }
    }

    function onNotification(notification: ConversationNotification): void {
      if (ending) return;
      display.notify(notification);
      counters.note(notification);
      events.note(notification);
      ducking.note(notification);
      earcons.note(notification);
      events.set(settingsNow());
      switch (notification.type) {
        case 'link.changed':
          listenToRecording();
          if (!notification.up && options.once) return fail(notification.error);
          if (notification.up) clearTimeout(giveUp);
          return noteLink(notification);
        case 'link.quality':
          return log.info('the quality of the link has changed', {
            quality: notification.quality,
            roundTripMs: notification.roundTripMs,
            backlogMs: notification.backlogMs,
          });
        case 'link.pairing':
          return clearTimeout(giveUp);
        case 'turn.stored':
          if (!notification.cloud) return;
          storedId = notification.id;
          return onStored?.();
        case 'turn.delivered':
          return log.info('a stored turn was delivered to the cloud', { turn: notification.id, linkDownMs });
        case 'listener.failed':
          return log.warn('the microphone cannot be opened', infoFields(notification.error));
        case 'listener.ended':
          if (options.once && daemon.conversation.getSnapshot().value === 'idle') fail(NO_SPEECH);
          return;
        case 'capture.clipping':
        case 'capture.silence':
          return warn(captureHint(notification, microphone));
        case 'encoder.overflow':
        case 'player.overflow':
          return log.warn('a buffer was full and frames were dropped', {
            part: notification.type === 'encoder.overflow' ? 'encoder' : 'player',
            turnNumber: notification.turn,
            droppedFrames: notification.droppedFrames,
          });
        case 'actor.restarting':
          return log.warn('an actor is restarted', {
            part: notification.actor,
            crashes: notification.crashes,
            delayMs: notification.delayMs,
          });
        case 'turn.finished':
          tracing?.turn(notification.record);
          if (notification.record.error?.code === 'output_closed') return void end(EXIT_READER_GONE);
          return void finish(reportTurn(notification.record));
      }
    }

    /** A recording is heard once: not before it is known whether there is a gateway. */
    function listenToRecording(): void {
      if (!isRecording || options.mode === 'push' || listensToRecording) return;
      listensToRecording = true;
      daemon.listen(listen);
    }

    async function finish(report: TurnReport): Promise<void> {
      hasReply ||= report.reply.ms > 0;
      daemon.reportLatencies(report.turnId, report.latencyMs);
      if (options.json) {
        if (options.once && report.outcome === 'done') await stored(report.turnId);
        printResult({ ...report, stored: storedId === report.turnId });
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

    /** Resolves when the turn is in the cloud, or after STORED_TIMEOUT_MS. */
    function stored(id: string): Promise<void> {
      if (storedId === id) return Promise.resolve();
      return new Promise((done) => {
        const timer = setTimeout(done, STORED_TIMEOUT_MS);
        onStored = () => {
          if (storedId !== id) return;
          clearTimeout(timer);
          done();
        };
      });
    }

    /** Logs the loss and the return of the connection, but not the attempts in between. */
    function noteLink(notification: Extract<ConversationNotification, { type: 'link.changed' }>): void {
      if (notification.up) {
        if (linkLostAtMs !== undefined) linkDownMs = Math.round(systemClock.now() - linkLostAtMs);
        systemd.status('connected');
        log.info('connected', { afterMs: linkLostAtMs === undefined ? undefined : linkDownMs });
        linkLostAtMs = undefined;
      } else if (linkLostAtMs === undefined) {
        linkLostAtMs = systemClock.now();
        systemd.status(`no connection: ${notification.error.message}`);
        log.warn('no connection; reconnecting', infoFields(notification.error));
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
      detachMonitor();
      detachApi();
      earcons.close();
      clearTimeout(giveUp);
      display.close();
      const [allCardsClosed] = await Promise.all([daemon.stop(), ducking.close(), tracing?.close()]);
      resolve({ exitCode, allCardsClosed, hasReply });
    }
  });
}
