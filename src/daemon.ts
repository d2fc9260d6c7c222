/**
 * The device, put together: the conversation machine on top, the actors under their supervisors, and the channels on which
 * audio goes past the machines. The only device file that sees both machines/ and actors/.
 */
import { hostname } from 'node:os';
import { type Actor, createActor } from 'xstate';
import { defineNetwork } from '../actors/network/network.ts';
import type { Dial } from '../actors/network/socket.ts';
import type { MicrophoneDescription, SpeakerDescription } from '../actors/sound/open.ts';
import { defineTrigger, type OpenTrigger } from '../actors/trigger/trigger.ts';
import { type ConversationNews, conversation } from '../machines/conversation.ts';
import { link } from '../machines/link.ts';
import { playback } from '../machines/playback.ts';
import {
  type CapturePort,
  capturePort,
  type EncoderPort,
  encoderPort,
  type LinkPort,
  networkPort,
  type PlaybackPort,
  type PlayerPort,
  playerPort,
  triggerPort,
} from '../machines/ports.ts';
import { supervised } from '../machines/supervise.ts';
import { machineLogic } from '../machines/wiring.ts';
import { createAudioHost } from './audio-host.ts';
import type { AudioLevels } from './audio-thread.ts';
import { createChannel } from './channel.ts';
import { clockEpochMs, systemClock } from './clock.ts';
import type { UplinkPacket } from './data-plane.ts';
import { hostHere } from './host.ts';
import type { Log, LogLevel } from './log.ts';
import { PROTOCOL_VERSION } from './protocol/control.ts';
import { CHUNK_MS, FRAMES_PER_CHUNK, PLAYBACK_BUFFER_SIZE, RECORDING_BUFFER_SIZE } from './protocol/format.ts';
import { VERSION } from './version.ts';

export interface DaemonOptions {
  dial: Dial;
  /** The name under which the gateway knows the device; the host's name if there is none. */
  name?: string;
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
  const { dial, triggers, onNews, onLevels, log, logLevel, logFormat } = options;
  const framesPerPacket = options.framesPerPacket ?? FRAMES_PER_CHUNK;
  const hosting = { clock: systemClock, log };
  const uplink = createChannel<UplinkPacket>({ name: 'uplink', limit: RECORDING_BUFFER_SIZE, whenFull: 'drop-newest' });
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
    uplink: (packet) => uplink.send(packet),
    ...(onLevels && { onLevels }),
    log,
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
    downlink: audio.downlink,
    random: Math.random,
  });

  const actor = createActor(
    conversation.provide({
      actors: {
        trigger: supervised(triggerPort, hostHere(defineTrigger(triggers), hosting)),
        capture: supervised(capturePort, audio.actor<CapturePort>('capture')),
        encoder: supervised(encoderPort, audio.actor<EncoderPort>('encoder')),
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
