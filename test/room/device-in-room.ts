/**
 * A whole device in a room, which listens: its machines and actors are the real ones. What it was told, what it did and what it sent is
 * noted with the time of the room's clock.
 */

import { createOpusDecoder } from '../../actors/codec/opus.ts';
import { chooseEchoCanceller } from '../../actors/echo/providers/choose.ts';
import type { OpenWakeEngine } from '../../actors/listening/wake-engine.ts';
import type { Dial } from '../../actors/network/socket.ts';
import { concatenate } from '../../actors/sound/s16.ts';
import type { ConversationNotification } from '../../machines/conversation-context.ts';
import type { TurnRecord } from '../../machines/turn-record.ts';
import type { ListenSettings } from '../../src/core/contracts/index.ts';
import type { Log } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { startVirtualDevice, type VirtualDevice } from '../model/virtual-device.ts';
import { seededRandom } from '../support/random.ts';
import type { Room } from './room.ts';

export interface DeviceInRoomOptions {
  name: string;
  clock: Clock;
  room: Room;
  dial: Dial;
  settings: ListenSettings;
  seed: number;
  newId: (atMs?: number) => string;
  /** The echo canceller; none by default. */
  canceller?: string | undefined;
  openWakeEngine?: OpenWakeEngine | undefined;
  log?: Log;
}

export interface Noted<T> {
  atMs: number;
  is: T;
}

export interface DeviceInRoom extends VirtualDevice {
  /** States of the conversation, as they are entered. */
  states: Noted<string>[];
  /** What the person was told of the microphone. */
  told: Noted<string>[];
  /** Everything that the device told. */
  notes: Noted<ConversationNotification>[];
  /** Messages with audio, as they are given to the socket. */
  sent: { atMs: number; bytes: number }[];
  /** What was recorded in this turn, after the codec. */
  heardIn(turn: number): Int16Array;
  /** Of a turn, the time of its first sample on the room's clock. */
  beganAtMs(record: TurnRecord): number;
}

export function startDeviceInRoom(options: DeviceInRoomOptions): DeviceInRoom {
  const { clock, room, settings, seed, dial, canceller, openWakeEngine, ...rest } = options;
  const states: DeviceInRoom['states'] = [];
  const told: DeviceInRoom['told'] = [];
  const notes: DeviceInRoom['notes'] = [];
  const sent: DeviceInRoom['sent'] = [];
  const wallOffsetMs = clock.wallNow() - clock.now();
  const device = startVirtualDevice({
    ...rest,
    clock,
    random: seededRandom(seed),
    sound: { openMicrophone: room.openMicrophone, openSpeaker: room.openSpeaker, openWakeEngine },
    ...(canceller !== undefined && {
      chooseEchoCanceller: () => chooseEchoCanceller(canceller, { microphone: 'room', speaker: 'room' }),
    }),
    dial: countingAudio(dial, (bytes) => sent.push({ atMs: clock.now(), bytes })),
    onNotification(notification) {
      const atMs = clock.now();
      notes.push({ atMs, is: notification });
      if (notification.type === 'state.entered') states.push({ atMs, is: notification.state });
      if (notification.type === 'microphone.changed') told.push({ atMs, is: notification.state });
    },
  });
  device.listen(settings);
  return {
    ...device,
    ...{ states, told, notes, sent },
    heardIn(turn) {
      const decoder = createOpusDecoder();
      const frames = device.encodedFrames.get(turn) ?? [];
      return concatenate(frames.map((frame) => decoder.decode(Buffer.from(frame, 'hex')).slice()));
    },
    beganAtMs: ({ startedAtMs }) => startedAtMs - wallOffsetMs,
  };
}

function countingAudio(dial: Dial, onAudio: (bytes: number) => void): Dial {
  return (...args) => {
    const socket = dial(...args);
    const { sendBinary } = socket;
    return Object.assign(socket, {
      sendBinary(bytes: Uint8Array) {
        onAudio(bytes.length);
        return sendBinary.call(socket, bytes);
      },
    });
  };
}
