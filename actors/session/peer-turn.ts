/**
 * What the gateway's end of a line holds of the turn that is under way.
 */

import type { Pacer } from '../../src/core/time/pacer.ts';
import type { DeviceMessage, GatewayMessage, ReplyTiming } from '../../src/protocol/control.ts';
import { createReplyQueue, type ReplyQueue, type ReplyQueueOptions } from './reply-queue.ts';
import type { Spools } from './spool-folder.ts';
import { createTransitStatistics, type TransitStatistics } from './transit-statistics.ts';
import { createUplinkReceiver, type UplinkLimits, type UplinkReceiver } from './uplink-receiver.ts';
import { createUtteranceAudio, type UtteranceAudio } from './utterance-audio.ts';

type TurnStart = Extract<DeviceMessage, { type: 'turn.start' }>;

export interface PeerTurn {
  readonly number: number;
  readonly start: TurnStart;
  readonly utterance: UplinkReceiver;
  /** What is recorded of it. */
  readonly audio: UtteranceAudio;
  readonly arrivals: TransitStatistics;
  readonly reply: ReplyQueue;
  /** What was said of the turn, for a device that missed it: the last of each kind. */
  said: GatewayMessage[];
  /** The last word on it, once it has been said; after the last packet of the reply, also the second time. */
  done?: GatewayMessage;
  readonly timing: ReplyTiming;
  /** Set once the reply was announced to the device. */
  announced: boolean;
  pacer?: Pacer;
}

/** A device waits when the disk is behind; what the network holds already comes all the same. */
const UTTERANCE_BURST = 16;
/** A responder may say all of a long reply at once: about five minutes of speech. */
const REPLY_BURST = 32;

export interface PeerTurnOptions {
  start: TurnStart;
  device: string;
  framesPerPacket: number;
  limits: UplinkLimits & ReplyQueueOptions['limits'];
  spools: Spools;
}

export function createPeerTurn({ start, device, framesPerPacket, limits, spools }: PeerTurnOptions): PeerTurn {
  const { turn: number, id, trigger, startedAt: startedAtMs, offline } = start;
  return {
    number,
    start,
    utterance: createUplinkReceiver(limits),
    audio: createUtteranceAudio(spools.create(UTTERANCE_BURST), {
      id,
      device,
      trigger,
      startedAtMs,
      offline: offline !== undefined,
    }),
    arrivals: createTransitStatistics(),
    reply: createReplyQueue({ turn: number, framesPerPacket, spool: spools.create(REPLY_BURST), limits }),
    said: [],
    timing: {},
    announced: false,
  };
}
