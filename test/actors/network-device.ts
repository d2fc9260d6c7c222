/**
 * The network actor; the test controls its parent and its gateway.
 */
import { defineNetwork } from '../../actors/network/network.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import type { DownlinkPacket, ReceiverReport, UplinkPacket } from '../../src/core/actor/data-plane.ts';
import { type Log, silentLog } from '../../src/core/log/log.ts';
import type { StoredTurn } from '../../src/core/turn-store/turn-file.ts';
import type { CachedReplyMessage, ReminderSpeechMessage } from '../../src/protocol/control.ts';
import { type AudioPacket, encodePacket } from '../../src/protocol/packet.ts';
import { fakeBoot } from '../support/fake-boot.ts';
import { fakeDial } from '../support/fake-socket.ts';
import { startActor } from '../support/run-actor.ts';
import { SimulatedClock, WALL_START_MS } from '../support/simulated-clock.ts';

export const AUDIO = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 3 } as const;
export const HELLO = {
  type: 'hello',
  protocol: 1,
  device: { name: 'toy' },
  audio: AUDIO,
  playback: { bufferMs: 600 },
} as const;
const WELCOME = {
  type: 'welcome',
  session: 's1',
  resumed: false,
  uplinkNext: 0,
  audio: AUDIO,
  limits: { maxMessageBytes: 65_536, maxTurnMs: 1 },
  serverTime: 0,
};
export const TURN = {
  type: 'turn.start',
  turn: 1,
  id: '01890000-0000-7000-8000-000000000000',
  trigger: 'key',
  startedAtMs: WALL_START_MS,
} as const;

export function device({ log = silentLog, traceparent }: { log?: Log; traceparent?: (id: string) => string } = {}) {
  const dialled = fakeDial();
  const uplink = createChannel<UplinkPacket>({ name: 'uplink', limit: 10, whenFull: 'drop-newest' });
  const backlog = createChannel<StoredTurn>({ name: 'backlog', limit: 1, whenFull: 'drop-oldest' });
  const played: DownlinkPacket[] = [];
  const reports: ReceiverReport[] = [];
  const cachedReplies: CachedReplyMessage[] = [];
  const reminderSpeech: ReminderSpeechMessage[] = [];
  let networkIsBack = () => {};
  const clock = new SimulatedClock();
  const boot = fakeBoot(clock);
  const actor = startActor(
    defineNetwork({
      dial: dialled.dial,
      hello: HELLO,
      uplink,
      backlog,
      downlink: (packet) => played.push(packet),
      onReceiverReport: (report) => reports.push(report),
      boot,
      watchInterfaces: (onAvailable) => {
        networkIsBack = onAvailable;
        return () => {
          networkIsBack = () => {};
        };
      },
      random: () => 0.5,
      ...(traceparent && { traceparent }),
      onCachedReply: (reply) => cachedReplies.push(reply),
      onReminderSpeech: (speech) => reminderSpeech.push(speech),
    }),
    clock,
    log,
  );
  actor.send({ type: 'network.connect' });
  const speak = (sequence: number, final = false) =>
    uplink.send({ turn: 1, sequence, frames: 1, final, bytes: wire({ sequence, final }) });
  const welcome = (fields: object = {}) => {
    dialled.last().handlers.onOpen();
    dialled.last().say({ ...WELCOME, ...fields });
  };
  const sequences = () => dialled.last().packets.map((bytes) => bytes[7]);
  return {
    ...dialled,
    actor,
    played,
    reports,
    cachedReplies,
    reminderSpeech,
    backlog,
    speak,
    welcome,
    sequences,
    networkIsBack: () => networkIsBack(),
    clock,
    boot,
  };
}

export function wire(fields: Partial<AudioPacket>): Uint8Array {
  const packet = { final: false, discontinuity: false, pcm: false, turn: 1, sequence: 0, timestamp: 0 };
  return encodePacket({ ...packet, frames: [Uint8Array.of(1, 2, 3)], ...fields });
}

/** A turn that was stored a minute ago. */
export const STORED: StoredTurn = {
  id: '01890000-0000-7000-8000-00000000000a',
  trigger: 'key',
  startedAtMs: WALL_START_MS - 60_000,
  frames: 2,
  truncated: true,
  damagedBytes: 0,
  packets: [wire({ sequence: 0, turn: 77 }), wire({ sequence: 1, turn: 77 })],
};
