/**
 * A turn that is sent to the gateway: the live one of the conversation, or a stored one. The network numbers both itself, so that their
 * packets cannot be confused.
 */

import type { UplinkPacket } from '../../src/core/actor/data-plane.ts';
import type { AbortReason, HeardWakeWord } from '../../src/core/contracts/index.ts';
import { createRecyclingLog } from '../../src/core/files/memory-log.ts';
import type { Stamp } from '../../src/core/time/dating.ts';
import type { StoredTurn } from '../../src/core/turn-store/turn-file.ts';
import { isName, MAX_DURATION_MS } from '../../src/protocol/bounds.ts';
import type { DeviceMessage } from '../../src/protocol/control.ts';
import { isHandsFree, MIN_WAKE_LEVEL_DB, type Patience } from '../../src/protocol/listening.ts';
import { decodePacket, encodePacket, turnTagOf, writeTurn } from '../../src/protocol/packet.ts';
import type { Trigger } from '../../src/protocol/triggers.ts';
import { PACKET_AT, RetransmissionBuffer } from './retransmission-buffer.ts';

/** Packets of one turn that are stored: two minutes in packets of 20 ms, about 0.5 MB. */
export const MAX_TURN_PACKETS = 6_000;

type StartMessage = Extract<DeviceMessage, { type: 'turn.start' }>;

export interface OutgoingTurn {
  /** Its number on the wire. */
  readonly number: number;
  readonly id: string;
  /** Its end is found by listening. */
  readonly isHandsFree: boolean;
  /** All packets, until the turn is over: a gateway that does not know the turn gets it from the start. */
  readonly packets: RetransmissionBuffer;
  /**
   * The time at which it was recorded, as noted then; converted to a date when it is announced
   * (src/core/time/dating.ts).
   */
  readonly stamp: Stamp;
  /** What was given to the socket, repetitions included. */
  readonly sent: { packets: number; bytes: number };
  /** False: the turn is too long, and the packet is dropped. */
  add(packet: Pick<UplinkPacket, 'sequence' | 'frames' | 'bytes'>): boolean;
  countSent(bytes: number): void;
  /** `nowMs`: monotonic clock. */
  startMessage(startedAt: number, nowMs: number): StartMessage;
}

export interface OutgoingTurnStart extends Stamp {
  id: string;
  trigger: Trigger;
  /** The turn is for this announcement: it has no utterance. */
  announcement?: string;
  patience?: Patience;
  wake?: HeardWakeWord;
}

/** Undefined for a turn that goes offline: it is sent again later, so the gateway is not told of an abort. */
export function abortMessage(number: number, reason: AbortReason): DeviceMessage | undefined {
  return reason === 'offline' ? undefined : { type: 'turn.abort', turn: number, reason };
}

export function outgoingLiveTurn(number: number, start: OutgoingTurnStart): OutgoingTurn {
  const turn = createTurn(number, start, false);
  if (start.announcement !== undefined) turn.add({ sequence: 0, frames: 0, bytes: finalMarker(0) });
  return turn;
}

export function outgoingStoredTurn(number: number, { packets, frames, truncated, ...start }: StoredTurn): OutgoingTurn {
  const turn = createTurn(number, start, true);
  let expected = 0;
  for (const stored of packets) {
    const decoded = decodePacket(stored);
    if (!decoded.ok) continue;
    const {
      sequence,
      frames: { length },
    } = decoded.packet;
    // Frames are missing where the file was damaged. The flag tells the gateway not to wait for them.
    const bytes = sequence === expected ? stored : encodePacket({ ...decoded.packet, discontinuity: true });
    turn.add({ sequence, frames: length, bytes });
    expected = sequence + length;
  }
  if (truncated) turn.add({ sequence: frames, frames: 0, bytes: finalMarker(frames) });
  return turn;
}

function createTurn(
  number: number,
  { id, trigger, startedAtMs, announcement, patience, wake, boot }: OutgoingTurnStart,
  isStored: boolean,
): OutgoingTurn {
  const packets = new RetransmissionBuffer(createRecyclingLog(), MAX_TURN_PACKETS);
  const sent = { packets: 0, bytes: 0 };
  return {
    number,
    id,
    isHandsFree: isHandsFree(trigger),
    packets,
    stamp: { startedAtMs, ...(boot && { boot }) },
    sent,
    add({ sequence, frames, bytes }) {
      const record = packets.append(bytes.length, sequence, frames);
      if (!record) return false;
      record.set(bytes, PACKET_AT);
      // The encoder knows only the number in the conversation.
      writeTurn(record, turnTagOf(number), PACKET_AT);
      return true;
    },
    countSent(bytes) {
      sent.packets += 1;
      sent.bytes += bytes;
    },
    startMessage: (startedAt, nowMs) => ({
      type: 'turn.start',
      turn: number,
      id,
      trigger,
      startedAt,
      ...(announcement !== undefined && { announcement }),
      ...(patience && { patience }),
      ...(wake && isName(wake.word) && { wake: wakeAt(wake, nowMs) }),
      ...(isStored && { offline: { recordedAt: startedAt } }),
    }),
  };
}

/** Within the bounds of the message, whatever an engine says. */
function wakeAt({ word, score, levelDb, atMs }: HeardWakeWord, nowMs: number): NonNullable<StartMessage['wake']> {
  return {
    word,
    score: within(score, 0, 1),
    levelDb: within(levelDb, MIN_WAKE_LEVEL_DB, 0),
    ageMs: within(nowMs - atMs, 0, MAX_DURATION_MS),
  };
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Number.isFinite(value) ? value : least));
}

function finalMarker(frames: number): Uint8Array {
  const marker = { final: true, discontinuity: false, pcm: false, turn: 0, timestamp: frames * 320, frames: [] };
  return encodePacket({ ...marker, sequence: frames });
}
