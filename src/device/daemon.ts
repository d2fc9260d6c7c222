/**
 * The daemon: the device with a host for its audio, a WebSocket for its network, and the system's clock.
 */
import type { Actor } from 'xstate';
import type { Earcon } from '../../actors/earcons/earcons.ts';
import { type ByteCount, countingDial } from '../../actors/network/counting-dial.ts';
import { watchInterfaces } from '../../actors/network/interface-watch.ts';
import type { Dial } from '../../actors/network/socket.ts';
import { openCachedReplies, readReply } from '../../actors/offline/cached-replies.ts';
import { openReminderStore } from '../../actors/reminders/reminder-store.ts';
import { defineReminders } from '../../actors/reminders/reminders.ts';
import type { AudioAddress } from '../../actors/sound/backend.ts';
import type { OpenTrigger } from '../../actors/trigger/trigger.ts';
import type { conversation } from '../../machines/conversation.ts';
import type { ConversationNotification } from '../../machines/conversation-context.ts';
import type { AudioLevels } from '../core/actor/audio-metrics.ts';
import { isolateObserver } from '../core/actor/isolate-observer.ts';
import type { QueueMetrics, QueueRegistry } from '../core/actor/queue-metrics.ts';
import type {
  CaptureContract,
  EncoderContract,
  ListenerContract,
  ListenSettings,
  MicrophoneState,
  PlayerContract,
} from '../core/contracts/index.ts';
import { BUNDLED_REPLY, BUNDLED_TONE } from '../core/files/bundled.ts';
import { cachedRepliesFolder, remindersFolder, storedTurnsFolder } from '../core/files/paths.ts';
import type { Log } from '../core/log/log.ts';
import { systemClock } from '../core/time/clock.ts';
import { thisBoot } from '../core/time/this-boot.ts';
import type { Inspector } from '../observability/inspect/inspector.ts';
import type { MonitorSource } from '../observability/monitor/collector.ts';
import type { DeviceMetrics, Latencies } from '../protocol/control.ts';
import { CHUNK_MS, FRAMES_PER_CHUNK, OPUS_COMPLEXITY, PLAYBACK_BUFFER_SIZE } from '../protocol/format.ts';
import type { Muter } from '../protocol/remote-control.ts';
import type { AudioHost } from './audio/audio-host.ts';
import type { EncoderPolicy, PlaybackPolicy, WakeWordSettings } from './audio/audio-thread.ts';
import type { AudioHosting } from './audio/choose-host.ts';
import { newTurnId } from './audio/turn-id.ts';
import { createDevice } from './device.ts';
import { applySettings, type SettingsTarget, storeCachedReply, storeReminderSpeech } from './device-settings.ts';
import { createGarbageCollection } from './garbage-collection.ts';
import { helloOf } from './hello.ts';
import { createListenSettings, type ListenOptions } from './listen-settings.ts';
import { openLocalSettings } from './local-settings.ts';
import { carryOut, muterAfter } from './remote-control.ts';
import { turnDisk } from './turn-disk.ts';

/** What a device is made of. */
export interface DaemonOptions {
  dial: Dial;
  /** The name under which the gateway knows the device; the host's name if there is none. */
  name?: string;
  /** Of devices within earshot of each other: one of them answers to a wake word. */
  group?: string | undefined;
  /** Folder for data that must survive a restart: stored turns, cached replies. */
  state: string;
  microphone: AudioAddress;
  speaker: AudioAddress;
  /** 1 (20 ms: least latency) to 6; 3 by the specification (least bandwidth). */
  framesPerPacket?: number;
  /** The trace of a turn (W3C Trace Context). Default: turns are not traced. */
  traceparent?: (turnId: string) => string;
  /** The jitter buffer for replies. */
  playback?: PlaybackPolicy;
  encoder?: EncoderPolicy;
  /** Complexity of the encoder, 0 to 10; 5 by the specification. */
  complexity?: number;
  /** `auto` (the default), `none`, or the name of an echo canceller (actors/echo/providers). */
  echoCanceller?: string;
  /** How much of a reply the gateway may send ahead of real time; the default depends on the jitter buffer. */
  bufferMs?: number;
  /** Which thread the audio actors run on (src/device/audio/choose-host.ts). */
  audio: AudioHosting;
  /** When it listens, and for what; push to talk if there is nothing. */
  listen?: ListenOptions;
  /** The same for this run, whatever was set before on the device or by the operator. */
  listenForThisRun?: ListenOptions | undefined;
  /** Whether timers and reminders ring here. False: what is due waits for the next start. */
  mayRing?: boolean;
  /** What hears the wake word; undefined: nothing does. */
  wakeWord?: WakeWordSettings | undefined;
  triggers: OpenTrigger[];
  onNotification: (notification: ConversationNotification) => void;
  /** The gateway has paired this device. */
  onToken?: (token: string) => void;
  /** Called ten times a second while recording or playing. */
  onLevels?: (levels: AudioLevels) => void;
  /** Start muted, whatever it was before. */
  muted?: boolean;
  /** The gateway may press for people who are not beside the device, if its owner allows it. Default: it may not. */
  allowsRemotePress?: boolean;
  inspector?: Inspector;
  log: Log;
}

/** A device that runs. */
export interface Daemon {
  conversation: Actor<typeof conversation>;
  /** The first notification may come before this returns. */
  start(): void;
  readonly monitored: MonitorSource;
  /** Called ten times a second while recording or playing, until the returned function is called. */
  watchLevels(observer: (levels: AudioLevels) => void): () => void;
  /** For programs that are the device's button (src/device/local-api). */
  readonly talk: { press(): void; release(): void; cancel(): void };
  /** Changes settings of listening; the others stay as they are. */
  listen(change: ListenOptions): void;
  /** The same for this run: nothing is remembered, and the next change counts. */
  listenForThisRun(settings: ListenOptions): void;
  listenSettings(): ListenSettings;
  /** Whether the microphone is muted. It survives a restart. */
  readonly muted: boolean;
  /**
   * For a person at the device: closes the microphone so that nothing can open it, or allows it again. It is certain with the state `muted`.
   *
   * @throws EarshotError `store_failed`, `store_full`: it is muted, but will not be after a restart
   */
  mute(muted: boolean): void;
  readonly volumePercent: number;
  /** 0 to 100, until the operator's setting changes. @throws EarshotError `store_failed`, `store_full`: it is not remembered */
  setVolume(volumePercent: number): void;
  microphone(): MicrophoneState;
  /** Called when what the person is told about the microphone changes, until the returned function is called. */
  onMicrophone(observer: (state: MicrophoneState) => void): () => void;
  /** Undefined: those that play end. */
  playEarcon(name: Earcon | undefined): void;
  /** Sends the device metrics to the cloud. */
  reportMetrics(metrics: DeviceMetrics): void;
  /** Sends the latencies of a turn to the cloud. */
  reportLatencies(id: string, latencyMs: Latencies): void;
  /** Closes the connection and releases everything. False: a lost sound card keeps the process alive. */
  stop(): Promise<boolean>;
}

/** Creates the daemon without running it: call `start` once the caller can handle notifications. */
export function createDaemon(options: DaemonOptions): Daemon {
  const { state, microphone, speaker, triggers, onNotification, onLevels, inspector, log } = options;
  const { framesPerPacket = FRAMES_PER_CHUNK, playback = 'adaptive', encoder = 'adaptive' } = options;
  const { complexity = OPUS_COMPLEXITY, echoCanceller = 'auto', wakeWord, allowsRemotePress = false } = options;
  const bytes: ByteCount = { sent: 0, received: 0 };
  const meters = new Set<(levels: AudioLevels) => void>();
  /** The queues on this thread. */
  const readers = new Set<() => readonly QueueMetrics[]>();
  let host: AudioHost | undefined;
  let microphoneState: MicrophoneState = 'closed';
  const microphoneObservers = new Set<(state: MicrophoneState) => void>();
  const local = openLocalSettings(state, { muted: options.muted === true, log });
  const listening = createListenSettings({
    started: options.listen ?? {},
    forThisRun: options.listenForThisRun,
    stored: local.listening,
    apply: (settings) => actor.send({ type: 'listening.configure', settings }),
    store: local.setListening,
    tryStore: local.noteListening,
  });
  const target: SettingsTarget = {
    local,
    configure: (sound) => host?.configure(sound),
    repliesFolder: cachedRepliesFolder(state),
    listening,
    log,
  };

  const garbageCollection = createGarbageCollection({
    collect() {
      host?.collectGarbage();
      // The launcher exposes it.
      globalThis.gc?.();
    },
    clock: systemClock,
  });
  const reminders = openReminderStore(remindersFolder(state));
  const boot = thisBoot();
  const bufferMs = options.bufferMs ?? bufferMsOf(playback);

  /** Used by the monitor, and by the inspector if there is one. */
  const queues: QueueRegistry = {
    watch(read) {
      readers.add(read);
      const unwatch = inspector?.queues.watch(read);
      return () => {
        readers.delete(read);
        unwatch?.();
      };
    },
  };

  function isolated<T>(observer: ((value: T) => void) | undefined): ((value: T) => void) | undefined {
    return observer && isolateObserver('the inspector', log, observer);
  }

  const actor = createDevice({
    hello: helloOf({ name: options.name, group: options.group, framesPerPacket, bufferMs, allowsRemotePress }),
    dial: countingDial(options.dial, bytes),
    boot,
    watchInterfaces: watchInterfaces(),
    storedTurns: storedTurnsFolder(state),
    disk: turnDisk({ threads: options.audio.threads, turns: storedTurnsFolder(state), log }),
    replies: openCachedReplies(cachedRepliesFolder(state), BUNDLED_REPLY),
    reminders: (downlink) =>
      defineReminders({
        ...{ store: reminders, boot, newId: newTurnId, downlink, bufferMs, queues },
        mayRing: options.mayRing !== false,
        tone: readReply(BUNDLED_TONE) ?? { text: '', frames: [] },
      }),
    triggers,
    newId: newTurnId,
    audio(uplink) {
      const metrics = inspector !== undefined;
      const audible = {
        ...{ microphone, speaker, framesPerPacket, playback, encoder, complexity, echoCanceller, metrics, wakeWord },
      };
      host = options.audio.createHost({
        settings: audible,
        uplink: tee(isolated(inspector?.uplink), uplink),
        onLevels(levels) {
          for (const show of meters) show(levels);
        },
        ...(inspector && { onMetrics: isolateObserver('the inspector', log, inspector.metrics) }),
        log,
      });
      // Before an actor can open the microphone.
      host.configure({ muted: local.mutedBy !== undefined, volumePercent: local.volumePercent });
      return {
        listener: host.actor<ListenerContract>('listener'),
        capture: host.actor<CaptureContract>('capture'),
        encoder: host.actor<EncoderContract>('encoder'),
        player: host.actor<PlayerContract>('player'),
        downlink: tee(isolated(inspector?.downlink), host.downlink),
        onReceiverReport: host.onReceiverReport,
      };
    },
    onNotification(notification) {
      if (notification.type === 'settings.changed') applySettings(notification.settings, target);
      if (notification.type === 'microphone.changed') noteMicrophone(notification.state);
      garbageCollection.note(notification);
      if (notification.type === 'link.changed' && notification.up) reportMute();
      // After the transition that notifies of it, so that what it begins is known when it is carried out.
      if (notification.type === 'control.received') queueMicrotask(() => carryOut(notification.action, remote));
      onNotification(notification);
    },
    ...(options.onToken && { onToken: options.onToken }),
    onCachedReply: (reply) => storeCachedReply(reply, target),
    ...(options.traceparent && { traceparent: options.traceparent }),
    onReminderSpeech: (speech) => storeReminderSpeech(speech, reminders, log),
    queues,
    clock: systemClock,
    random: Math.random,
    log,
  });
  inspector?.device(actor);

  function noteMicrophone(state: MicrophoneState): void {
    microphoneState = state;
    for (const observer of microphoneObservers) observer(state);
  }

  function press(trigger: 'api' | 'remote'): void {
    const startedAtMs = systemClock.wallNow();
    actor.send({ type: 'talk.pressed', id: newTurnId(startedAtMs), trigger, startedAtMs });
  }

  function mute(muted: boolean, by: Muter): void {
    const before = local.mutedBy;
    const after = muterAfter(before, { muted, by });
    if ((after !== undefined) !== (before !== undefined))
      actor.send({ type: 'listening.mute', muted: after !== undefined });
    if (after === before) return;
    try {
      local.setMutedBy(after);
    } finally {
      reportMute();
    }
  }

  function reportMute(): void {
    const by = local.mutedBy;
    actor.send({ type: 'device.mute', muted: by !== undefined, ...(by && { by }) });
  }

  const talk = {
    press: () => press('api'),
    release: () => actor.send({ type: 'talk.released', atMs: systemClock.now() }),
    cancel: () => actor.send({ type: 'talk.cancelled' }),
  };
  const remote = {
    ...talk,
    allowsPress: allowsRemotePress,
    mutedBy: () => local.mutedBy,
    mute: (muted: boolean) => mute(muted, 'gateway'),
    /** Whoever is beside the device hears that its microphone is opened, whatever earcons are chosen. */
    press() {
      const { turn } = actor.getSnapshot().context;
      press('remote');
      if (actor.getSnapshot().context.turn > turn) host?.playEarcon('listening');
    },
    log,
  };

  /** Levels are measured only while somebody watches them. */
  function watchLevels(observer: (levels: AudioLevels) => void): () => void {
    const show = isolateObserver('the meter', log, observer);
    meters.add(show);
    host?.configure({ meters: true });
    return () => {
      meters.delete(show);
      if (meters.size === 0) host?.configure({ meters: false });
    };
  }
  if (onLevels) watchLevels(onLevels);

  return {
    conversation: actor,
    start() {
      actor.start();
      // First: no mode may open a microphone that is muted.
      if (local.mutedBy) actor.send({ type: 'listening.mute', muted: true });
      actor.send({ type: 'listening.configure', settings: listening.current });
    },
    monitored: {
      threads: options.audio.threads,
      networkLatencyMs: () => actor.getSnapshot().context.roundTripMs,
      bytes: () => ({ ...bytes }),
      async measure() {
        const audio = (await host?.measure()) ?? { queues: [] };
        return { ...audio, queues: [...[...readers].flatMap((read) => read()), ...audio.queues] };
      },
    },
    watchLevels,
    talk,
    listen: listening.change,
    listenForThisRun: listening.listenForThisRun,
    listenSettings: () => listening.current,
    get muted() {
      return local.mutedBy !== undefined;
    },
    mute: (muted) => mute(muted, 'person'),
    get volumePercent() {
      return local.volumePercent;
    },
    setVolume(volumePercent) {
      host?.configure({ volumePercent });
      local.setVolume(volumePercent);
    },
    microphone: () => microphoneState,
    onMicrophone(observer) {
      const isolated = isolateObserver('an observer of the microphone', log, observer);
      microphoneObservers.add(isolated);
      return () => void microphoneObservers.delete(isolated);
    },
    playEarcon: (name) => host?.playEarcon(name),
    reportMetrics: (metrics) => actor.send({ type: 'device.metrics', metrics }),
    reportLatencies: (id, latencyMs) => actor.send({ type: 'turn.latencies', id, latencyMs }),
    async stop() {
      actor.send({ type: 'conversation.close' });
      actor.stop();
      garbageCollection.close();
      return (await host?.close()) ?? true;
    },
  };
}

/**
 * `live` keeps the delay short: it would treat audio sent ahead as delay and shorten the reply by it. One packet ahead is still
 * allowed, so that a late first packet does not delay those that follow.
 */
function bufferMsOf(playback: PlaybackPolicy): number {
  return playback === 'live' ? CHUNK_MS : PLAYBACK_BUFFER_SIZE * CHUNK_MS;
}

/** Passes a value to both observers: first to the one that only reads it, then to the one that may keep it. */
function tee<T>(first: ((value: T) => void) | undefined, second: (value: T) => void): (value: T) => void {
  if (!first) return second;
  return (value) => {
    first(value);
    second(value);
  };
}
