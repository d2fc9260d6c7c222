/**
 * The events of the data plane: audio that actors send to each other over channels (src/core/actor/channel.ts). No machine sees them.
 */

import type { AudioPacket } from '../../protocol/packet.ts';

/** microphone → encoder */
export type SpeechEvent =
  | {
      type: 'frame';
      turn: number;
      /** Sample clock of the turn: when the frame's first sample was captured, in samples from the turn's start. */
      timestamp: number;
      /** 20 ms. The receiver owns it. */
      samples: Int16Array;
      /** When the frame's last sample was captured. */
      lastSampleAtMs: number;
    }
  | { type: 'end'; turn: number };

/** encoder → network: a packet to send, and its fields that the network needs. */
export interface UplinkPacket {
  turn: number;
  /** Number of its first frame. */
  sequence: number;
  frames: number;
  final: boolean;
  bytes: Uint8Array;
}

/** network → player: a packet as it arrived. It is valid and belongs to the current turn. */
export interface DownlinkPacket {
  turn: number;
  bytes: Uint8Array;
  arrivedAtMs: number;
}

/** network → encoder: loss and delay of its packets, as the gateway reports them. */
export interface ReceiverReport {
  /** Frames lost of those sent since the last report, in percent. Late frames are not lost. */
  lossPercent: number;
  /** Jitter since the last report: the 95th percentile of the delay, relative to the fastest packet. */
  latenessMs: number;
  roundTripMs: number;
  /** Audio that waits at the sender because the link is too slow. */
  backlogMs: number;
}

/** device connection → responder, at the gateway: a valid packet of the utterance, in order of arrival. */
export interface ReceivedPacket {
  turn: number;
  packet: AudioPacket;
}

/** responder → device connection: the next frames of the reply. The connection packetizes and paces them. */
export interface ReplyFrames {
  turn: number;
  frames: Uint8Array[];
  /** Silence skipped before these frames, in samples (the sender's DTX). */
  gapSamples: number;
  /** These are the last frames. */
  final: boolean;
}

/** reminders → device connection, at the gateway: what a reminder says when it rings. */
export interface ReminderSpeechFile {
  /** Of the reminder. */
  id: string;
  text: string;
  /** Ogg Opus. */
  file: Uint8Array;
}

/** cloud → device connection, at the gateway: a reply for the device to play while it has no connection. */
export interface CachedReplyFile {
  key: string;
  text: string;
  /** Ogg Opus. */
  file: Uint8Array;
}
