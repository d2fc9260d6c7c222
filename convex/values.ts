/**
 * Values that several tables and functions share, as validators.
 */
import { v } from 'convex/values';

/** The specification's states ("Streaming State Machine"). */
export const turnState = v.union(
  v.literal('idle'),
  v.literal('recording'),
  v.literal('streaming'),
  v.literal('processing'),
  v.literal('receiving'),
  v.literal('playing'),
  v.literal('error'),
);

export const turnOutcome = v.union(v.literal('done'), v.literal('aborted'), v.literal('failed'));
/** One of src/protocol/triggers.ts, or of a later version: it is kept as it is. What it may look like is checked where it is written. */
export const trigger = v.string();
export const pairingStatus = v.union(
  v.literal('pending'),
  v.literal('approved'),
  v.literal('used'),
  /** The device is gone, or never came for its token. */
  v.literal('withdrawn'),
);

const ms = v.optional(v.number());
/** Latency by stage, in the order in which sound passes them; those not measured are left out. */
export const latencies = v.object({
  capture: ms,
  packetFill: ms,
  encode: ms,
  uplink: ms,
  cloud: ms,
  downlink: ms,
  jitterBuffer: ms,
  decode: ms,
  playback: ms,
  total: ms,
});

export const figures = v.record(v.string(), v.number());

/** What an operator can change on a running device. What is not set stays as the device was started. */
export const deviceSettings = v.object({
  volumePercent: v.optional(v.number()),
  /** Bits a second of the encoder. */
  bitrate: v.optional(v.number()),
  /** How much of a reply may be sent ahead of real time. */
  bufferMs: v.optional(v.number()),
  /** Keys of the cached replies that it may use offline, in order. */
  cachedReplies: v.optional(v.array(v.string())),
});

/** Tables whose rows are deleted after a time. */
export const limitedTable = v.union(
  v.literal('sessions'),
  v.literal('turns'),
  v.literal('recordings'),
  v.literal('reports'),
  v.literal('pairings'),
  v.literal('attempts'),
);
