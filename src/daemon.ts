/**
 * The daemon: the device with a thread for its audio, a WebSocket for its network, and the system's clock.
 */
import { hostname } from 'node:os';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from 'xstate';
import { watchInterfaces } from '../actors/network/interface-watch.ts';
import type { Dial } from '../actors/network/socket.ts';
import { openCachedReplies } from '../actors/offline/cached-replies.ts';
import type { MicrophoneDescription, SpeakerDescription } from '../actors/sound/open.ts';
import type { OpenTrigger } from '../actors/trigger/trigger.ts';
import type { ConversationNews, conversation } from '../machines/conversation.ts';
import type { CapturePort, EncoderPort, PlayerPort } from '../machines/ports.ts';
import { type AudioHost, createAudioHost } from './audio-host.ts';
import type { AudioLevels } from './audio-thread.ts';
import { BUNDLED_REPLY } from './bundled.ts';
import { clockEpochMs, systemClock } from './clock.ts';
import { createDevice } from './device.ts';
import type { Inspector } from './inspect/inspector.ts';
import type { Log, LogLevel } from './log.ts';
import { PROTOCOL_VERSION } from './protocol/control.ts';
import { CHUNK_MS, FRAMES_PER_CHUNK, PLAYBACK_BUFFER_SIZE } from './protocol/format.ts';
import { cachedRepliesFolder, keptTurnsFolder } from './state-folder.ts';
import { VERSION } from './version.ts';

export interface DaemonOptions {
  dial: Dial;
  /** The name under which the gateway knows the device; the host's name if there is none. */
  name?: string;
  /** Folder of what must survive a restart: kept turns, cached replies. */
  state: string;
  microphone: MicrophoneDescription;
  speaker: SpeakerDescription;
  /** 1 (20 ms: least latency) to 6; 3 by the specification (least bandwidth). */
  framesPerPacket?: number;
  /** How much of a reply the gateway may send ahead of real time. */
  bufferMs?: number;
  triggers: OpenTrigger[];
  onNews: (news: ConversationNews) => void;
  /** Ten times a second while something is recorded or played. */
  onLevels?: (levels: AudioLevels) => void;
  /** Watches what goes on. */
  inspector?: Inspector;
  log: Log;
  logLevel: LogLevel;
  logFormat: 'text' | 'json';
}

export interface Daemon {
  conversation: Actor<typeof conversation>;
  /** Says goodbye and lets go of everything. */
  stop(): Promise<void>;
}

export function startDaemon(options: DaemonOptions): Daemon {
  const { dial, state, microphone, speaker, triggers, onNews, onLevels, inspector, log, logLevel, logFormat } = options;
  const framesPerPacket = options.framesPerPacket ?? FRAMES_PER_CHUNK;
  let host: AudioHost | undefined;

  const actor = createDevice({
    hello: {
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      device: {
        name: options.name ?? hostname(),
        model: `${process.platform}-${process.arch}`,
        software: `earshot ${VERSION}`,
      },
      audio: { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket },
      playback: { bufferMs: options.bufferMs ?? PLAYBACK_BUFFER_SIZE * CHUNK_MS },
    },
    dial,
    watchInterfaces: watchInterfaces(systemClock),
    keptTurns: keptTurnsFolder(state),
    replies: openCachedReplies(cachedRepliesFolder(state), BUNDLED_REPLY),
    triggers,
    newId: (atMs) => uuidv7({ msecs: Math.floor(atMs) }),
    audio(uplink) {
      const figures = inspector !== undefined;
      const meters = onLevels !== undefined;
      const clockEpoch = clockEpochMs();
      const audible = { microphone, speaker, framesPerPacket, meters, figures };
      const thread = createAudioHost({
        settings: { ...audible, logLevel, logFormat, clockEpochMs: clockEpoch },
        uplink: both(inspector?.uplink, uplink),
        ...(onLevels && { onLevels }),
        ...(inspector && { onFigures: inspector.figures }),
        log,
      });
      host = thread;
      return {
        capture: thread.actor<CapturePort>('capture'),
        encoder: thread.actor<EncoderPort>('encoder'),
        player: thread.actor<PlayerPort>('player'),
        downlink: both(inspector?.downlink, thread.downlink),
      };
    },
    onNews,
    ...(inspector && { probe: inspector.probe }),
    clock: systemClock,
    random: Math.random,
    log,
  });
  inspector?.device(actor);
  actor.start();

  return {
    conversation: actor,
    async stop() {
      actor.send({ type: 'line.close' });
      actor.stop();
      await host?.close();
    },
  };
}

/** Tells two, the first before the other, which may keep what it is told. */
function both<T>(first: ((told: T) => void) | undefined, second: (told: T) => void): (told: T) => void {
  if (!first) return second;
  return (told) => {
    first(told);
    second(told);
  };
}
