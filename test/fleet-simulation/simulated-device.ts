/**
 * A device in virtual time: the composition of the client library, with every machine and actor of a device, its turns in memory. A person
 * talks to it, again and again.
 */

import type { Dial } from '../../actors/network/socket.ts';
import { createFrameAudio } from '../../src/client/frames.ts';
import { memoryDisk } from '../../src/client/memory-disk.ts';
import type { ErrorInfo } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { createDevice } from '../../src/device/device.ts';
import { fakeBoot } from '../support/fake-boot.ts';
import type { Random } from '../support/random.ts';
import { decodeFrame, encodeFrame } from './speech.ts';

const FRAMES_PER_PACKET = 6;
const PACKET_MS = 20 * FRAMES_PER_PACKET;
const BUFFER_MS = 600;
/** A person who finds the device busy tries again. */
const BUSY_MS = 2_000;

export interface Utterance {
  id: string;
  frames: number;
  /** The device has finished it, and must not lose it. */
  isFinished: boolean;
  outcome: string | undefined;
  offline: boolean;
  /** The device has said that it does not deliver it any more, and why. */
  undeliverable: 'dropped' | 'refused' | undefined;
  /** How often each frame of its reply came. */
  heard: Uint8Array;
  releasedAtMs: number;
  replyAtMs: number | undefined;
}

export interface SimulatedDeviceOptions {
  index: number;
  clock: Clock;
  random: Random;
  newId: () => string;
  dial: Dial;
  /** Between two utterances, on average. */
  pauseMs: number;
  note: (text: string) => void;
  onLink: (change: { up: boolean; retryInMs?: number; error?: ErrorInfo }) => void;
}

export interface SimulatedDevice {
  readonly name: string;
  readonly utterances: readonly Utterance[];
  start(): void;
  /** The person leaves. */
  hush(): void;
  isIdle(): boolean;
  storedTurns(): number;
  stop(): void;
}

export function deviceName(index: number): string {
  return `device-${index}`;
}

export function createSimulatedDevice(options: SimulatedDeviceOptions): SimulatedDevice {
  const { index, clock, random, newId, dial, pauseMs, note, onLink } = options;
  const name = deviceName(index);
  const log = silentLog;
  const disk = memoryDisk();
  /** By the number of its turn, from 0. */
  const utterances: Utterance[] = [];
  const byTurn = new Map<number, Utterance>();
  let isHushed = false;

  const frames = createFrameAudio({
    framesPerPacket: FRAMES_PER_PACKET,
    hosting: { clock, log },
    onFrame(turn, bytes) {
      const utterance = byTurn.get(turn);
      const { device, utterance: of, frame } = decodeFrame(bytes);
      if (!utterance || device !== index || utterances[of] !== utterance)
        throw new Error(`${name} hears another's reply`);
      utterance.replyAtMs ??= clock.now();
      utterance.heard[frame] = (utterance.heard[frame] ?? 0) + 1;
    },
  });
  const actor = createDevice({
    ...{ dial, disk, newId, clock, log, random: random.next },
    hello: {
      ...{ type: 'hello', protocol: 1, device: { name }, playback: { bufferMs: BUFFER_MS }, features: ['say'] },
      audio: { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: FRAMES_PER_PACKET },
    },
    watchInterfaces: () => () => {},
    storedTurns: 'turns',
    replies: { next: () => ({ text: '', frames: [] }) },
    boot: fakeBoot(clock),
    triggers: [],
    audio: (encoded) => frames.actors(encoded),
    onNotification(notification) {
      if (notification.type === 'link.changed') {
        note(`${name} ${notification.up ? 'up' : `down ${notification.error.code}`}`);
        onLink(notification);
      }
      if (notification.type === 'offline.dropped' || notification.type === 'offline.refused') {
        const given = utterances.find(({ id }) => id === notification.id);
        note(`${name} gives up ${notification.id}: ${notification.type}`);
        if (given) given.undeliverable = notification.type === 'offline.dropped' ? 'dropped' : 'refused';
      }
      if (notification.type === 'turn.finished') {
        const { turn, outcome, offline } = notification.record;
        const utterance = byTurn.get(turn);
        if (!utterance) return;
        note(`${name} turn ${turn} ${outcome}`);
        Object.assign(utterance, { outcome, offline, isFinished: outcome !== 'cancelled' && outcome !== 'no-audio' });
      }
    },
  });

  function plan(delayMs: number): void {
    clock.setTimeout(() => !isHushed && talk(), delayMs);
  }

  const pause = () => -Math.log(1 - random.next()) * pauseMs;

  function isIdle(): boolean {
    return actor.getSnapshot().matches('idle');
  }

  function talk(): void {
    if (!isIdle()) return plan(BUSY_MS);
    const packets = random.integer(6, 20);
    const id = newId();
    const utterance: Utterance = {
      ...{
        id,
        frames: 0,
        isFinished: false,
        outcome: undefined,
        offline: false,
        undeliverable: undefined,
        releasedAtMs: 0,
        replyAtMs: undefined,
      },
      heard: new Uint8Array(packets * FRAMES_PER_PACKET),
    };
    const number = utterances.push(utterance) - 1;
    actor.send({ type: 'talk.pressed', id, trigger: 'key', startedAtMs: clock.wallNow() });
    byTurn.set(actor.getSnapshot().context.turn, utterance);
    const speak = (left: number) => {
      if (left === 0) {
        utterance.releasedAtMs = clock.now();
        actor.send({ type: 'talk.released', atMs: clock.now() });
        return plan(pause());
      }
      for (let i = 0; i < FRAMES_PER_PACKET; i++) {
        frames.send(encodeFrame({ device: index, utterance: number, frame: utterance.frames++ }));
      }
      clock.setTimeout(() => speak(left - 1), PACKET_MS);
    };
    clock.setTimeout(() => speak(packets), PACKET_MS);
  }

  return {
    name,
    utterances,
    start() {
      actor.start();
      plan(pause());
    },
    hush() {
      isHushed = true;
    },
    isIdle,
    storedTurns: () => (disk.list('turns') as string[]).filter((file) => file.endsWith('.turn')).length,
    stop() {
      actor.send({ type: 'conversation.close' });
      actor.stop();
    },
  };
}
