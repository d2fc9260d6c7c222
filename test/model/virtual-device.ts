/**
 * A device in virtual time, or in real time in a simulated room: its codec, buffers, store and every actor are the real ones; its cards
 * are simulated, and mostly its network and its clock.
 */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChosenCanceller } from '../../actors/echo/port.ts';
import type { WatchInterfaces } from '../../actors/network/interface-watch.ts';
import type { Dial } from '../../actors/network/socket.ts';
import { openCachedReplies, readReply } from '../../actors/offline/cached-replies.ts';
import { openReminderStore } from '../../actors/reminders/reminder-store.ts';
import { defineReminders } from '../../actors/reminders/reminders.ts';
import { cardSpeaker } from '../../actors/sound/card-speaker.ts';
import type { OpenMicrophone, OpenSpeaker } from '../../actors/sound/port.ts';
import type { TriggerHandlers } from '../../actors/trigger/trigger.ts';
import { actorLogic } from '../../machines/adapter/actor-host.ts';
import type { ConversationNotification } from '../../machines/conversation-context.ts';
import type { TurnRecord } from '../../machines/turn-record.ts';
import type { QueueRegistry } from '../../src/core/actor/queue-metrics.ts';
import {
  captureContract,
  encoderContract,
  type ListenSettings,
  listenerContract,
  playerContract,
} from '../../src/core/contracts/index.ts';
import { BUNDLED_REPLY, BUNDLED_TONE } from '../../src/core/files/bundled.ts';
import { inlineDisk } from '../../src/core/files/node-disk.ts';
import { type Log, silentLog } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { type AudioPipelineOptions, createAudioPipeline } from '../../src/device/audio/audio-pipeline.ts';
import { nativeAudio } from '../../src/device/audio/native-audio.ts';
import { createDevice } from '../../src/device/device.ts';
import { storeReminderSpeech } from '../../src/device/device-settings.ts';
import { FEATURES } from '../../src/protocol/features.ts';
import { decodePacket } from '../../src/protocol/packet.ts';
import { virtualCard } from '../sound/virtual-card.ts';
import { fakeBoot } from '../support/fake-boot.ts';
import type { Random } from '../support/random.ts';
import { LONG_SPEECH, readSamples } from '../support/speech.ts';

const SPEECH = readSamples(LONG_SPEECH);
const AUDIO = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 3 } as const;

export interface VirtualDevice {
  press(): void;
  /** Ends the utterance, if there is one. */
  release(): void;
  cancel(): void;
  state(): string;
  /** A reminder rings. */
  rings(): boolean;
  /** Changes what it listens for. */
  listen(settings: ListenSettings): void;
  mute(muted: boolean): void;
  records: TurnRecord[];
  /** The encoder's frames by turn number; in hex, to compare them. */
  encodedFrames: Map<number, string[]>;
  /** Turns that are still stored on the device. */
  storedCount(): number;
  stop(): void;
}

export interface VirtualDeviceOptions {
  name: string;
  clock: Clock;
  random: Random;
  dial: Dial;
  watchInterfaces?: WatchInterfaces;
  newId: () => string;
  log?: Log;
  queues?: QueueRegistry;
  /** Its cards; by default a microphone with a recording, and a card that plays. */
  sound?: Pick<AudioPipelineOptions, 'openMicrophone' | 'openSpeaker' | 'openWakeEngine'>;
  chooseEchoCanceller?: () => Promise<ChosenCanceller>;
  onNotification: (notification: ConversationNotification) => void;
}

export function startVirtualDevice(options: VirtualDeviceOptions): VirtualDevice {
  const {
    name,
    clock,
    random,
    dial,
    newId,
    onNotification,
    watchInterfaces = () => () => {},
    log = silentLog,
  } = options;
  const folder = mkdtempSync(join(tmpdir(), 'earshot-virtual-'));
  const records: TurnRecord[] = [];
  const encodedFrames = new Map<number, string[]>();
  let trigger: TriggerHandlers | undefined;

  const reminders = openReminderStore(join(folder, 'reminders'));
  const boot = fakeBoot(clock);
  const features = Object.keys(FEATURES);
  const device = createDevice({
    hello: { type: 'hello', protocol: 1, device: { name }, audio: AUDIO, playback: { bufferMs: 600 }, features },
    dial,
    watchInterfaces,
    storedTurns: folder,
    disk: inlineDisk,
    replies: openCachedReplies(join(folder, 'replies'), BUNDLED_REPLY),
    reminders: (downlink) =>
      defineReminders({
        ...{
          store: reminders,
          boot,
          newId,
          downlink,
          bufferMs: 600,
          ...(options.queues && { queues: options.queues }),
        },
        tone: readReply(BUNDLED_TONE) ?? { text: '', frames: [] },
      }),
    onReminderSpeech: (speech) => storeReminderSpeech(speech, reminders, log),
    boot,
    triggers: [
      (handlers) => {
        trigger = handlers;
        return {};
      },
    ],
    newId,
    audio(encoded) {
      const hosting = { clock, log };
      const line = createAudioPipeline({
        ...(options.sound ?? {
          openMicrophone: virtualMicrophone(() => random.integer(0, SPEECH.length - 16_000)),
          openSpeaker: virtualSpeaker(clock),
        }),
        ...nativeAudio(options.chooseEchoCanceller),
        framesPerPacket: 3,
        ...{ clock, log },
        loadNewId: async () => newId,
        playback: 'adaptive',
        encoder: 'adaptive',
        complexity: 5,
        uplink(packet) {
          const decoded = decodePacket(packet.bytes);
          const frames = encodedFrames.get(packet.turn) ?? [];
          if (decoded.ok) for (const frame of decoded.packet.frames) frames.push(Buffer.from(frame).toString('hex'));
          encodedFrames.set(packet.turn, frames);
          encoded(packet);
        },
      });
      return {
        listener: actorLogic(listenerContract, line.actors.listener, hosting),
        capture: actorLogic(captureContract, line.actors.capture, hosting),
        encoder: actorLogic(encoderContract, line.actors.encoder, hosting),
        player: actorLogic(playerContract, line.actors.player, hosting),
        downlink: line.downlink,
        onReceiverReport: line.onReceiverReport,
      };
    },
    onNotification(notification) {
      onNotification(notification);
      if (notification.type === 'turn.finished') records.push(notification.record);
    },
    ...(options.queues && { queues: options.queues }),
    clock,
    random: random.next,
    log,
  });
  device.start();

  return {
    press: () => trigger?.onPress('key'),
    release: () => trigger?.onRelease(),
    cancel: () => trigger?.onCancel(),
    state() {
      const { value } = device.getSnapshot();
      return typeof value === 'string' ? value : (Object.keys(value)[0] ?? '');
    },
    listen: (settings) => device.send({ type: 'listening.configure', settings }),
    mute: (muted) => device.send({ type: 'listening.mute', muted }),
    rings: () => device.getSnapshot().context.ringing !== '',
    records,
    encodedFrames,
    storedCount: () => countTurns(folder),
    stop() {
      device.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function countTurns(folder: string): number {
  return readdirSync(folder).filter((name) => name.endsWith('.turn')).length;
}

/** Plays the recording into the microphone from a random position, a frame every 20 ms, while it is open. */
function virtualMicrophone(startAt: () => number): OpenMicrophone {
  return async ({ onSamples }, { clock }) => {
    let at = startAt();
    let open = true;
    const tick = () => {
      if (!open) return;
      clock.setTimeout(tick, 20);
      at = at + 320 > SPEECH.length ? 0 : at;
      onSamples(SPEECH.slice(at, at + 320), clock.now());
      at += 320;
    };
    clock.setTimeout(tick, 20);
    return {
      device: 'virtual',
      close() {
        open = false;
      },
    };
  };
}

/** The speaker of a card that runs independently: its timers are not those of its user. */
function virtualSpeaker(clock: Clock): OpenSpeaker {
  return (handlers, scope) => cardSpeaker({ naudiodon: virtualCard({ clock }).naudiodon })(handlers, scope);
}
