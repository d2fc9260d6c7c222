/**
 * Values that several tables and functions share, as validators.
 */
import { type Infer, v } from 'convex/values';

/** Whose row it is. Undefined: the tenant `default`. So rows of versions without tenants are valid, and found, as they are. */
export const tenant = v.optional(v.string());

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

/** A call of a tool; `input` is JSON, `error` is missing when it succeeded. */
export const usedTool = v.object({ name: v.string(), input: v.string(), error: v.optional(v.string()) });
/** Why a turn failed: what happened, and what to do about it (gateways of earlier versions do not say). */
export const turnError = v.object({ code: v.string(), message: v.string(), hint: v.optional(v.string()) });
export const turnOutcome = v.union(v.literal('done'), v.literal('aborted'), v.literal('failed'));
/** One of src/protocol/triggers.ts, or one of a later version, stored unchanged. Its format is checked when a turn is written. */
export const trigger = v.string();
/** Who has muted a device, and what may be done with it from afar (src/protocol/remote-control.ts). */
export const muter = v.union(v.literal('person'), v.literal('gateway'));
export const controlAction = v.union(
  v.literal('press'),
  v.literal('release'),
  v.literal('cancel'),
  v.literal('mute'),
  v.literal('unmute'),
);
/** What a device has used of its limits at a gateway and has not got back yet, by limit (src/core/limits/limits.ts). */
export const usedAllowance = v.object({
  reconnects: v.number(),
  turns: v.number(),
  audioAheadMs: v.number(),
  reports: v.number(),
});
/** Of a device that has left the gateway of this session; `at`: by the gateway's clock, but not later than by the cloud's. */
export const usedBefore = v.object({ ...usedAllowance.fields, session: v.string(), at: v.number() });
export const control = v.object({ id: v.string(), action: controlAction });
export const pairingStatus = v.union(
  v.literal('pending'),
  v.literal('approved'),
  v.literal('used'),
  /** The device disconnected, or did not claim its token. */
  v.literal('withdrawn'),
);

const ms = v.optional(v.number());
/** Latency by stage, in the order of the audio pipeline; stages without a measurement are omitted. */
export const latencies = v.object({
  capture: ms,
  packetFill: ms,
  encode: ms,
  uplink: ms,
  cloud: ms,
  /** Parts of `cloud`. */
  recognition: ms,
  firstToken: ms,
  firstSentence: ms,
  firstAudio: ms,
  downlink: ms,
  jitterBuffer: ms,
  decode: ms,
  playback: ms,
  total: ms,
});

/** The current data of a turn. Omitted fields keep their previous value. */
export const turnRecord = v.object({
  /** UUIDv7 made by the device, unique within the device. */
  turn: v.string(),
  session: v.string(),
  trigger,
  /** Recorded without a connection and delivered later. */
  offline: v.boolean(),
  /** On the device's clock. */
  startedAt: v.number(),
  state: turnState,
  outcome: v.optional(turnOutcome),
  endedAt: v.optional(v.number()),
  transcript: v.optional(v.string()),
  replyText: v.optional(v.string()),
  tools: v.optional(v.array(usedTool)),
  latencyMs: v.optional(latencies),
  error: v.optional(turnError),
});
export type CloudTurnRecord = Infer<typeof turnRecord>;

export const figures = v.record(v.string(), v.number());

/** How the assistant speaks with a device. A missing one leaves what the device says of itself. */
export const assistantSettings = v.object({
  /** BCP 47. */
  language: v.optional(v.string()),
  /** IANA. */
  timeZone: v.optional(v.string()),
  units: v.optional(v.union(v.literal('metric'), v.literal('imperial'))),
  /** System prompt of a language model. */
  persona: v.optional(v.string()),
  /** A voice of the synthesizer. */
  voice: v.optional(v.string()),
  /** Names of the tools that it may use. */
  tools: v.optional(v.array(v.string())),
});

const listenMode = v.union(v.literal('push'), v.literal('voice'), v.literal('wake'));
const patience = v.union(v.literal('quick'), v.literal('normal'), v.literal('patient'));
const interruption = v.union(v.literal('off'), v.literal('auto'), v.literal('on'));
const listeningSettings = v.object({
  mode: v.optional(listenMode),
  /** How long after a reply speech begins a turn; 0: not. */
  followUpMs: v.optional(v.number()),
  patience: v.optional(patience),
  interruption: v.optional(interruption),
});
/** `null` removes a setting. */
export const listeningChanges = v.object({
  mode: v.optional(v.union(listenMode, v.null())),
  followUpMs: v.optional(v.union(v.number(), v.null())),
  patience: v.optional(v.union(patience, v.null())),
  interruption: v.optional(v.union(interruption, v.null())),
});

/** The settings that an operator can change on a running device. A missing one leaves the device's own default. */
export const deviceSettings = v.object({
  volumePercent: v.optional(v.number()),
  /** Bitrate of the encoder, in bits per second. */
  bitrate: v.optional(v.number()),
  /** How much of a reply may be sent ahead of real time. */
  bufferMs: v.optional(v.number()),
  /** Keys of the cached replies that it may use offline, in order. */
  cachedReplies: v.optional(v.array(v.string())),
  /** Times of day between which only urgent announcements are made, like 22:00. */
  quietHours: v.optional(v.object({ from: v.string(), to: v.string() })),
  /** When the device listens, and for what. */
  listening: v.optional(listeningSettings),
  /** For the assistant; the device does not get them. */
  assistant: v.optional(assistantSettings),
});

export const announcementPriority = v.union(v.literal('normal'), v.literal('urgent'));
export const announcementState = v.union(
  /** The device has not begun it. */
  v.literal('offered'),
  /** The device has begun a turn for it. */
  v.literal('taken'),
  v.literal('played'),
  /** A person or a reminder interrupted it. */
  v.literal('interrupted'),
  v.literal('declined'),
  v.literal('expired'),
  v.literal('failed'),
);
export const reminderKind = v.union(v.literal('timer'), v.literal('reminder'), v.literal('alarm'));
export const ringOutcome = v.union(v.literal('stopped'), v.literal('unanswered'), v.literal('failed'));

/** Tables whose rows are deleted after a time. */
export const limitedTable = v.union(
  v.literal('sessions'),
  v.literal('turns'),
  v.literal('recordings'),
  v.literal('reports'),
  v.literal('pairings'),
  v.literal('attempts'),
  v.literal('messages'),
  v.literal('summaries'),
  v.literal('announcements'),
  v.literal('rings'),
  v.literal('removedTurns'),
  v.literal('removals'),
);

/** A wake word, as a device heard it. `at`: when it ended, on the cloud's clock. */
export const heardWakeWord = v.object({ word: v.string(), at: v.number(), levelDb: v.number(), score: v.number() });
