/**
 * The device without its environment: the conversation machine, the actors under their supervisors, and the channels that carry
 * audio from actor to actor (pipeline/pipeline.ts). Microphone, network and clock are injected.
 */
import { type Actor, createActor } from 'xstate';
import { defineAnnouncements } from '../../actors/announcements/announcements.ts';
import type { WatchInterfaces } from '../../actors/network/interface-watch.ts';
import { defineNetwork } from '../../actors/network/network.ts';
import type { Dial } from '../../actors/network/socket.ts';
import type { CachedReplies } from '../../actors/offline/cached-replies.ts';
import { defineOffline } from '../../actors/offline/offline.ts';
import { defineTrigger, type OpenTrigger } from '../../actors/trigger/trigger.ts';
import { actorLogic } from '../../machines/adapter/actor-host.ts';
import { type ContractLogic, machineLogic } from '../../machines/adapter/contract-logic.ts';
import { conversation } from '../../machines/conversation.ts';
import type { ConversationNotification } from '../../machines/conversation-context.ts';
import { link } from '../../machines/link.ts';
import { listening } from '../../machines/listening.ts';
import { playback } from '../../machines/playback.ts';
import { supervised } from '../../machines/supervise.ts';
import { uploader } from '../../machines/uploader.ts';
import type { ActorDefinition } from '../core/actor/actor.ts';
import type { DownlinkPacket, ReceiverReport, UplinkPacket } from '../core/actor/data-plane.ts';
import { isolateObserver } from '../core/actor/isolate-observer.ts';
import type { QueueRegistry } from '../core/actor/queue-metrics.ts';
import {
  announcementsContract,
  type CaptureContract,
  captureContract,
  type EncoderContract,
  encoderContract,
  type LinkContract,
  type ListenerContract,
  type ListeningContract,
  listenerContract,
  networkContract,
  offlineContract,
  type PlaybackContract,
  type PlayerContract,
  playerContract,
  type RemindersContract,
  remindersContract,
  triggerContract,
  type UploaderContract,
} from '../core/contracts/index.ts';
import type { Disk } from '../core/files/disk.ts';
import type { Log } from '../core/log/log.ts';
import type { Boot } from '../core/time/boot.ts';
import type { Clock } from '../core/time/clock.ts';
import type { CachedReplyMessage, DeviceMessage, ReminderSpeechMessage } from '../protocol/control.ts';
import { PIPELINE } from './pipeline/pipeline.ts';

/** The audio actors, in their own thread or on this one (src/device/audio/choose-host.ts). */
export interface AudioActors {
  listener: ContractLogic<ListenerContract>;
  capture: ContractLogic<CaptureContract>;
  encoder: ContractLogic<EncoderContract>;
  player: ContractLogic<PlayerContract>;
  downlink(packet: DownlinkPacket): void;
  /** For the encoder. */
  onReceiverReport(report: ReceiverReport): void;
}

export interface DeviceOptions {
  hello: Extract<DeviceMessage, { type: 'hello' }>;
  dial: Dial;
  watchInterfaces: WatchInterfaces;
  /** Folder of the turns that are stored until the cloud has them. */
  storedTurns: string;
  disk: Disk;
  replies: CachedReplies;
  /** How reminders ring; undefined: this device has none. `downlink` takes what they play. */
  reminders?: (downlink: (packet: DownlinkPacket) => void) => ActorDefinition<RemindersContract>;
  /** Corrects the time of a turn when the clock is set after it. */
  boot: Boot;
  triggers: OpenTrigger[];
  newId: (atMs: number) => string;
  /** Whether what is played now can be heard; what the gateway wants to say waits until then. Default: always. */
  isAudible?: () => boolean;
  /** Creates the audio actors; `encoded` receives the encoder's packets. */
  audio: (encoded: (packet: UplinkPacket) => void) => AudioActors;
  onNotification: (notification: ConversationNotification) => void;
  queues?: QueueRegistry;
  clock: Clock;
  /** In 0…1. */
  random: () => number;
  onToken?: (token: string) => void;
  onCachedReply?: (reply: CachedReplyMessage) => void;
  onReminderSpeech?: (speech: ReminderSpeechMessage) => void;
  /** The trace of a turn, for the gateway. */
  traceparent?: (turnId: string) => string;
  log: Log;
}

export function createDevice(options: DeviceOptions): Actor<typeof conversation> {
  const { hello, dial, watchInterfaces, boot, triggers, newId, onNotification, queues, clock, random, log } = options;
  const hosting = { clock, log };
  const encoded = PIPELINE.encoded.open();
  const uplink = PIPELINE.uplink.open();
  const backlog = PIPELINE.backlog.open();
  const audio = options.audio((packet) => encoded.send(packet));
  const { downlink } = audio;
  const offline = defineOffline({
    folder: options.storedTurns,
    disk: options.disk,
    replies: options.replies,
    boot,
    encoded,
    uplink: (packet) => uplink.send(packet),
    backlog: (turn) => backlog.send(turn),
    downlink,
    bufferMs: hello.playback.bufferMs,
    ...(queues && { queues }),
  });
  const { isAudible } = options;
  const announcements = defineAnnouncements({ newId, ...(isAudible && { isAudible }), ...(queues && { queues }) });
  const reminders = options.reminders?.(downlink) ?? idle;
  const { onToken, onCachedReply, onReminderSpeech, traceparent } = options;
  const network = defineNetwork({
    ...{
      dial,
      hello,
      uplink,
      backlog,
      downlink,
      onReceiverReport: audio.onReceiverReport,
      watchInterfaces,
      random,
      boot,
    },
    ...(onToken && { onToken }),
    ...(onCachedReply && { onCachedReply }),
    ...(onReminderSpeech && { onReminderSpeech }),
    ...(traceparent && { traceparent }),
    ...(queues && { queues }),
  });
  queues?.watch(() => [encoded.stats(), uplink.stats(), { ...backlog.stats(), name: 'offline backlog' }]);

  const actor = createActor(
    conversation.provide({
      actors: {
        trigger: supervised(triggerContract, actorLogic(triggerContract, defineTrigger(triggers, newId), hosting)),
        announcements: supervised(announcementsContract, actorLogic(announcementsContract, announcements, hosting)),
        reminders: supervised(remindersContract, actorLogic(remindersContract, reminders, hosting)),
        listening: machineLogic<ListeningContract>(
          listening.provide({ actors: { listener: supervised(listenerContract, audio.listener) } }),
        ),
        capture: supervised(captureContract, audio.capture),
        encoder: supervised(encoderContract, audio.encoder),
        uploader: machineLogic<UploaderContract>(
          uploader.provide({
            actors: { offline: supervised(offlineContract, actorLogic(offlineContract, offline, hosting)) },
          }),
        ),
        playback: machineLogic<PlaybackContract>(
          playback.provide({ actors: { player: supervised(playerContract, audio.player) } }),
        ),
        link: machineLogic<LinkContract>(
          link.provide({
            actors: { network: supervised(networkContract, actorLogic(networkContract, network, hosting)) },
          }),
        ),
      },
    }),
    { clock },
  );
  actor.on('*', isolateObserver('the observer of the conversation', log, onNotification));
  return actor;
}

/** In place of an actor that this device does not need. */
function idle() {
  return { receive() {}, stop() {} };
}
