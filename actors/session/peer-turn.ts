/**
 * What the gateway's end of a line holds of the turn that is under way.
 */
import type { DeviceMessage, GatewayMessage, ReplyTiming } from '../../src/protocol/control.ts';
import { type Arrivals, createArrivals } from './arrivals.ts';
import type { Pacer } from './pacer.ts';
import { createReplyQueue, type ReplyQueue } from './reply-queue.ts';
import { createUtterance, type Utterance, type UtteranceLimits } from './utterance.ts';

type TurnStart = Extract<DeviceMessage, { type: 'turn.start' }>;

export interface PeerTurn {
  readonly number: number;
  readonly start: TurnStart;
  readonly utterance: Utterance;
  readonly arrivals: Arrivals;
  readonly reply: ReplyQueue;
  /** What was said of the turn, for a device that missed it: a handful of messages. */
  readonly said: GatewayMessage[];
  /** The last word on it, once it has been said; after the last packet of the reply, also the second time. */
  done?: GatewayMessage;
  readonly timing: ReplyTiming;
  /** Set once the reply was announced to the device. */
  announced: boolean;
  pacer?: Pacer;
}

export function createPeerTurn(start: TurnStart, framesPerPacket: number, limits: UtteranceLimits): PeerTurn {
  return {
    number: start.turn,
    start,
    utterance: createUtterance(limits),
    arrivals: createArrivals(),
    reply: createReplyQueue(start.turn, framesPerPacket),
    said: [],
    timing: {},
    announced: false,
  };
}
