/**
 * The device, put together: the conversation machine on top, the actors under their supervisors, and the channels on which
 * audio goes past the machines. The only device file that sees both machines/ and actors/.
 */
import { hostname } from 'node:os';
import { type Actor, createActor } from 'xstate';
import { watchInterfaces } from '../actors/network/interface-watch.ts';
import { defineNetwork } from '../actors/network/network.ts';
import type { Dial } from '../actors/network/socket.ts';
import { openCachedReplies } from '../actors/offline/cached-replies.ts';
import { defineOffline } from '../actors/offline/offline.ts';
import type { MicrophoneDescription, SpeakerDescription } from '../actors/sound/open.ts';
import { defineTrigger, type OpenTrigger } from '../actors/trigger/trigger.ts';
import { archive } from '../machines/archive.ts';
import { type ConversationNews, conversation } from '../machines/conversation.ts';
import { link } from '../machines/link.ts';
import { playback } from '../machines/playback.ts';
import {
  type ArchivePort,
  type CapturePort,
  capturePort,
  type EncoderPort,
  encoderPort,
  type LinkPort,
  networkPort,
  offlinePort,
  type PlaybackPort,
  type PlayerPort,
  playerPort,
  triggerPort,
} from '../machines/ports.ts';
import { supervised } from '../machines/supervise.ts';
import { machineLogic } from '../machines/wiring.ts';
import { createAudioHost } from './audio-host.ts';
import type { AudioLevels } from './audio-thread.ts';
import { BUNDLED_REPLY } from './bundled.ts';
import { createChannel } from './channel.ts';
import { clockEpochMs, systemClock } from './clock.ts';
import type { BacklogTurn, UplinkPacket } from './data-plane.ts';
import { hostHere } from './host.ts';
import type { Log, LogLevel } from './log.ts';
import { PROTOCOL_VERSION } from './protocol/control.ts';
import { CHUNK_MS, FRAMES_PER_CHUNK, PLAYBACK_BUFFER_SIZE, RECORDING_BUFFER_SIZE } from './protocol/format.ts';
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
  const { dial, state, triggers, onNews, onLevels, log, logLevel, logFormat } = options;
  const framesPerPacket = options.framesPerPacket ?? FRAMES_PER_CHUNK;
  const hosting = { clock: systemClock, log };
  const encoded = createChannel<UplinkPacket>({
    name: 'encoded',
    limit: RECORDING_BUFFER_SIZE,
    whenFull: 'drop-newest',
  });
  const uplink = createChannel<UplinkPacket>({ name: 'uplink', limit: RECORDING_BUFFER_SIZE, whenFull: 'drop-newest' });
  const backlog = createChannel<BacklogTurn>({ name: 'backlog', limit: 1, whenFull: 'drop-oldest' });
  const audio = createAudioHost({
    settings: {
      microphone: options.microphone,
      speaker: options.speaker,
      framesPerPacket,
      meters: onLevels !== undefined,
      logLevel,
      logFormat,
      clockEpochMs: clockEpochMs(),
    },
    uplink: (packet) => encoded.send(packet),
    ...(onLevels && { onLevels }),
    log,
  });
  const offline = defineOffline({
    folder: keptTurnsFolder(state),
    replies: openCachedReplies(cachedRepliesFolder(state), BUNDLED_REPLY),
    encoded,
    uplink: (packet) => uplink.send(packet),
    backlog: (turn) => backlog.send(turn),
    downlink: audio.downlink,
  });
  const network = defineNetwork({
    dial,
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
    uplink,
    backlog,
    downlink: audio.downlink,
    watchInterfaces: watchInterfaces(systemClock),
    random: Math.random,
  });

  const actor = createActor(
    conversation.provide({
      actors: {
        trigger: supervised(triggerPort, hostHere(defineTrigger(triggers), hosting)),
        capture: supervised(capturePort, audio.actor<CapturePort>('capture')),
        encoder: supervised(encoderPort, audio.actor<EncoderPort>('encoder')),
        archive: machineLogic<ArchivePort>(
          archive.provide({ actors: { offline: supervised(offlinePort, hostHere(offline, hosting)) } }),
        ),
        playback: machineLogic<PlaybackPort>(
          playback.provide({ actors: { player: supervised(playerPort, audio.actor<PlayerPort>('player')) } }),
        ),
        link: machineLogic<LinkPort>(
          link.provide({ actors: { network: supervised(networkPort, hostHere(network, hosting)) } }),
        ),
      },
    }),
    { clock: systemClock },
  );
  actor.on('*', onNews);
  actor.start();

  return {
    conversation: actor,
    async stop() {
      actor.send({ type: 'line.close' });
      actor.stop();
      await audio.close();
    },
  };
}
