/**
 * The events of the data plane: audio on its way from actor to actor, over channels (src/core/actor/channel.ts). No machine sees them.
 */

import type { AudioPacket } from '../../protocol/packet.ts';
import type { Trigger } from '../../protocol/triggers.ts';
import type { Stamp } from '../time/dating.ts';

/** microphone → encoder */
export type SpeechEvent =
  | {
      type: 'frame';
      turn: number;
      /** Sample clock of the turn: when the frame's first sample was captured, in samples from the turn's start. */
      timestamp: number;
      /** 20 ms. Belongs to the receiver. */
      samples: Int16Array;
      /** When the frame's last sample was captured. */
      lastSampleAtMs: number;
    }
  | { type: 'end'; turn: number };

/** encoder → network: a packet ready to be sent, and what of it the network needs to know. */
export interface UplinkPacket {
  turn: number;
  /** Number of its first frame. */
  sequence: number;
  frames: number;
  final: boolean;
  bytes: Uint8Array;
}

/** network → player: a packet as it came, already known to be well-formed and of the current turn. */
export interface DownlinkPacket {
  turn: number;
  bytes: Uint8Array;
  arrivedAtMs: number;
}

/** network → encoder: how its packets fare on the way. */
export interface ReceiverReport {
  /** Frames lost of those sent since the last report, in percent. Late frames are not lost. */
  lossPercent: number;
  /** How late packets were since the last report, against the fastest: the 95th percentile. */
  latenessMs: number;
  roundTripMs: number;
  /** Audio that waits at the sender because the link does not take it. */
  backlogMs: number;
}

/** device connection → responder, at the gateway: a packet of the utterance, checked, in the order in which it came. */
export interface ReceivedPacket {
  turn: number;
  packet: AudioPacket;
}

/** responder → device connection: the next frames of the reply. The connection numbers, packs and paces them. */
export interface ReplyFrames {
  turn: number;
  frames: Uint8Array[];
  /** Silence skipped before these frames, in samples (the sender's DTX). */
  gapSamples: number;
  /** Nothing follows. */
  final: boolean;
}

/** offline store → network: a stored turn, whole, to be delivered in the background. */
export interface BacklogTurn extends Stamp {
  id: string;
  trigger: Trigger;
  /** Wire packets in order. */
  packets: Uint8Array[];
  frames: number;
  /** Its FINAL is not among the packets: the utterance was cut off. */
  truncated: boolean;
}

/** cloud → device connection, at the gateway: a reply for the device to play while it has no connection. */
export interface CachedReplyFile {
  key: string;
  text: string;
  /** Ogg Opus. */
  file: Uint8Array;
}
