/**
 * A turn on the wire: a live one that the conversation speaks, or a kept one that is delivered in the background. The network
 * numbers both itself, so that the packets of one can't be taken for the other's.
 */

import type { BacklogTurn, UplinkPacket } from '../../src/core/actor/data-plane.ts';
import type { AbortReason } from '../../src/core/contracts/index.ts';
import type { Stamp } from '../../src/core/time/dating.ts';
import type { DeviceMessage } from '../../src/protocol/control.ts';
import { decodePacket, encodePacket, epochOf } from '../../src/protocol/packet.ts';
import type { Trigger } from '../../src/protocol/triggers.ts';
import { createOutbox, type Outbox } from './outbox.ts';

/** Packets of one turn that are kept: two minutes in packets of 20 ms, about 0.5 MB. */
export const MAX_TURN_PACKETS = 6_000;

export interface WireTurn {
  /** Number on the wire. */
  readonly number: number;
  /** Number in the conversation; undefined for a kept turn. */
  readonly turn: number | undefined;
  readonly id: string;
  readonly outbox: Outbox;
  /** The gateway of this connection knows of it. */
  announced: boolean;
  packets: number;
  bytes: number;
  /** First frame of the reply that has not arrived. */
  downlinkNext: number;
  replyFinished: boolean;
  firstReplyArrivedAtMs?: number;
  add(packet: UplinkPacket): boolean;
  /** What was noted of its beginning, to be dated when it is announced (src/core/time/dating.ts). */
  readonly stamp: Stamp;
  startMessage(startedAt: number): StartMessage;
}

export interface LiveTurn extends Stamp {
  turn: number;
  id: string;
  trigger: Trigger;
}

type StartMessage = Extract<DeviceMessage, { type: 'turn.start' }>;

/** Reasons that the gateway is told; a turn that goes offline is no abort to it, since it will come again. */
export function abortMessage(number: number, reason: AbortReason): DeviceMessage | undefined {
  return reason === 'offline' ? undefined : { type: 'turn.abort', turn: number, reason };
}

export function createLiveTurn(number: number, { turn, id, trigger, ...stamp }: LiveTurn): WireTurn {
  return createTurn(number, turn, stamp, { type: 'turn.start', turn: number, id, trigger });
}

export function createKeptTurn(number: number, kept: BacklogTurn): WireTurn {
  const { id, trigger, packets, frames, truncated } = kept;
  const turn = createTurn(number, undefined, kept, { type: 'turn.start', turn: number, id, trigger }, true);
  let expected = 0;
  for (const bytes of packets) {
    const decoded = decodePacket(bytes);
    if (!decoded.ok) continue;
    const { sequence, final } = decoded.packet;
    // Where the store was damaged frames are missing: said, so that the gateway does not wait for them.
    const whole = sequence === expected ? bytes.slice() : encodePacket({ ...decoded.packet, discontinuity: true });
    turn.outbox.add({ sequence, frames: decoded.packet.frames.length, final, bytes: addressed(whole, number) });
    expected = sequence + decoded.packet.frames.length;
  }
  if (truncated) turn.outbox.add({ sequence: frames, frames: 0, final: true, bytes: finalMarker(number, frames) });
  return turn;
}

function createTurn(
  number: number,
  turn: number | undefined,
  { startedAtMs, boot }: Stamp,
  start: Omit<StartMessage, 'startedAt' | 'offline'>,
  isKept = false,
): WireTurn {
  const outbox = createOutbox(MAX_TURN_PACKETS);
  return {
    number,
    turn,
    id: start.id,
    outbox,
    announced: false,
    packets: 0,
    bytes: 0,
    downlinkNext: 0,
    replyFinished: false,
    add: ({ sequence, frames, final, bytes }) =>
      outbox.add({ sequence, frames, final, bytes: addressed(bytes, number) }),
    stamp: { startedAtMs, ...(boot && { boot }) },
    startMessage: (startedAt) => ({ ...start, startedAt, ...(isKept && { offline: { recordedAt: startedAt } }) }),
  };
}

/** Writes the wire's number of the turn into a packet, in place: the encoder knows the conversation's alone. */
function addressed(bytes: Uint8Array, number: number): Uint8Array {
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(2, epochOf(number));
  return bytes;
}

function finalMarker(number: number, frames: number): Uint8Array {
  const marker = { final: true, discontinuity: false, pcm: false, timestamp: frames * 320, frames: [] };
  return encodePacket({ ...marker, turn: epochOf(number), sequence: frames });
}
