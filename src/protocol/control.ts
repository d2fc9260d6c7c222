/**
 * The control messages: each text WebSocket message is one JSON object with a `type`. docs/protocol.md has their meaning.
 *
 * Unknown fields and unknown types are ignored, so each end may be newer than the other.
 */
import * as v from 'valibot';
import {
  clipText,
  FIGURE_NAME,
  isName,
  isSpokenText,
  isText,
  MAX_COUNT,
  MAX_DURATION_MS,
  MAX_FIGURE,
  MAX_FIGURES,
  MAX_LABEL_LENGTH,
  MAX_NAME_LENGTH,
  MAX_REMINDERS,
  MAX_SPOKEN_LENGTH,
  MAX_TEXT_LENGTH,
  MAX_TIME_MS,
  TIME_OF_DAY,
  UUID,
  UUID_V7,
} from './bounds.ts';
import {
  END_REASONS,
  INTERRUPTIONS,
  LISTEN_MODES,
  MAX_FOLLOW_UP_MS,
  MAX_HOLD_MS,
  MIN_WAKE_LEVEL_DB,
  PATIENCES,
} from './listening.ts';
import { LANGUAGE_TAG, TIME_ZONE_NAME, UNIT_SYSTEMS } from './locale.ts';
import { CONTROL_ACTIONS, MUTERS } from './remote-control.ts';
import { traceparent } from './traceparent.ts';
import { isTrigger } from './triggers.ts';

/** The version that `hello` names. */
export const PROTOCOL_VERSION = 1;
/** The WebSocket sub-protocol that a device offers. */
export const SUBPROTOCOL = 'earshot.v1';
/** Before the token, as a second sub-protocol: of a page in a browser, which can send no `Authorization`. */
export const BEARER_PROTOCOL = 'bearer.';
/** The path of the WebSocket, below that of the gateway's address. */
export const STREAM_PATH = '/v1/stream';
/** Largest message of either kind, in bytes. */
export const MAX_MESSAGE_BYTES = 64 * 1_024;

/** WebSocket close codes in use (RFC 6455 §7.4). */
export const CLOSE_NORMAL = 1_000;
export const CLOSE_GOING_AWAY = 1_001;
export const CLOSE_PROTOCOL_ERROR = 1_002;
export const CLOSE_POLICY = 1_008;
export const CLOSE_INTERNAL_ERROR = 1_011;
export const CLOSE_TRY_AGAIN_LATER = 1_013;
/** Private codes: a reconnect does not help, or another connection of the device has replaced this one. */
export const CLOSE_UNSUPPORTED = 4_000;
export const CLOSE_REPLACED = 4_001;
export const CLOSE_REVOKED = 4_003;

/** Why a device does not take an announcement. */
const DECLINE_REASONS = ['quiet-hours', 'expired', 'queue-full'] as const;
export type DeclineReason = (typeof DECLINE_REASONS)[number];

/** Longest description of an invalid message, in characters: it quotes the message. */
const MAX_REASON_LENGTH = 256;

const text = v.pipe(v.string(), v.check(isText, `a text has up to ${MAX_TEXT_LENGTH} characters, all of them whole`));
const name = v.pipe(
  v.string(),
  v.check(isName, `a name has 1 to ${MAX_NAME_LENGTH} characters, and no control characters among them`),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_COUNT));
/** Number of a turn: the device counts from 1 since its daemon started. */
const turn = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_COUNT));
const ms = v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_DURATION_MS));
/** ms since 1970 on the sender's clock. */
const timeMs = v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_TIME_MS));
const turnId = v.pipe(v.string(), v.regex(UUID_V7, 'the id of a turn is a UUID version 7, in lower case'));
/** May be unknown to this version (triggers.ts). */
const trigger = v.pipe(v.string(), v.check(isTrigger, 'a trigger is 1 to 64 of a–z, 0–9 and -, not beginning with -'));
/** Also the name of a file on the device. */
const replyKey = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/));
/** May be unknown to this version (features.ts). */
const feature = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a feature is 1 to 64 of a–z, 0–9 and -'));
/** The id of an announcement or a reminder; on the device also the name of a file. */
const uuid = v.pipe(v.string(), v.regex(UUID, 'an id is a UUID, in lower case'));
/** What an announcement or a reminder says. */
const spokenText = v.pipe(text, v.check(isSpokenText, `it has 1 to ${MAX_SPOKEN_LENGTH} characters`));

const timeOfDay = v.pipe(v.string(), v.regex(TIME_OF_DAY, 'a time of day is written 22:30'));

const audioFormat = v.object({
  codec: v.picklist(['opus', 'pcm']),
  sampleRateHz: v.literal(16_000),
  channels: v.literal(1),
  frameMs: v.literal(20),
  framesPerPacket: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(6)),
});

const playbackReport = v.object({
  turn,
  event: v.picklist(['started', 'underrun', 'drained', 'aborted']),
  /** How much of the reply was played. */
  playedMs: ms,
  underruns: v.optional(count),
  concealedMs: v.optional(ms),
});

const replyTiming = v.object({
  /** When the gateway got the first packet, and the FINAL, of the turn. */
  firstReceivedAtMs: v.optional(timeMs),
  finalReceivedAtMs: v.optional(timeMs),
  /** When the gateway sent the first packet of the reply. */
  firstReplySentAtMs: v.optional(timeMs),
  /** When the responder knew what was said, and had the first token, sentence and frame of its answer. */
  transcribedAtMs: v.optional(timeMs),
  firstTokenAtMs: v.optional(timeMs),
  firstSentenceAtMs: v.optional(timeMs),
  firstAudioAtMs: v.optional(timeMs),
});

const stageMs = v.exactOptional(ms);
/** Latency of a turn by stage, as the device measures it. Stages that were not measured are missing. */
const latencies = v.object({
  capture: stageMs,
  packetFill: stageMs,
  encode: stageMs,
  uplink: stageMs,
  cloud: stageMs,
  /** Parts of `cloud`, of a responder that names its stages. */
  recognition: stageMs,
  firstToken: stageMs,
  firstSentence: stageMs,
  firstAudio: stageMs,
  downlink: stageMs,
  jitterBuffer: stageMs,
  decode: stageMs,
  playback: stageMs,
  total: stageMs,
});

const report = v.pipe(
  v.record(
    v.pipe(
      v.string(),
      v.regex(FIGURE_NAME, 'the name of a figure is 1 to 64 of printable ASCII, not first $, _ or space'),
    ),
    v.pipe(v.number(), v.minValue(-MAX_FIGURE), v.maxValue(MAX_FIGURE)),
  ),
  v.maxEntries(MAX_FIGURES),
);
/** Settings that an operator changes on a running device. A missing one is as the device was started. */
const settings = v.object({
  volumePercent: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  bitrate: v.optional(v.pipe(v.number(), v.integer(), v.minValue(6_000), v.maxValue(64_000))),
  /** How much of a reply the gateway sends ahead of real time. */
  bufferMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3_000))),
  /** Names of the cached replies that the device may use, in order. Each is sent as `reply.cached`. */
  cachedReplies: v.optional(v.pipe(v.array(replyKey), v.maxLength(20))),
  /** When only what is urgent is announced. */
  quietHours: v.optional(v.object({ from: timeOfDay, to: timeOfDay })),
  /** When it listens, and for what. */
  listening: v.optional(
    v.object({
      mode: v.exactOptional(v.picklist(LISTEN_MODES)),
      followUpMs: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_FOLLOW_UP_MS))),
      patience: v.exactOptional(v.picklist(PATIENCES)),
      interruption: v.exactOptional(v.picklist(INTERRUPTIONS)),
    }),
  ),
});

const reminder = v.object({
  id: uuid,
  kind: v.picklist(['timer', 'reminder', 'alarm']),
  /** What it is for, e.g. `pasta`; empty: nothing in particular. */
  label: v.pipe(text, v.maxLength(MAX_LABEL_LENGTH)),
  /** When it rings. */
  at: timeMs,
});

const ping = v.object({ type: v.literal('ping'), t0: timeMs });
/** All frames of this direction of the turn before `next` have arrived. Cumulative, about every 500 ms. */
const ack = v.object({
  type: v.literal('ack'),
  turn,
  next: count,
  /** For the sender's encoder: jitter of the packets since the last `ack`, relative to the fastest (95th percentile). */
  lateMs: v.exactOptional(ms),
  /** Frames since the last `ack` that never arrived. */
  lost: v.exactOptional(count),
});
const bye = v.object({ type: v.literal('bye'), reason: text });

/** The device's own; the operator's settings come first. */
const locale = v.object({
  language: v.exactOptional(v.pipe(v.string(), v.regex(LANGUAGE_TAG, 'a language is written like en or de-AT'))),
  timeZone: v.exactOptional(v.pipe(v.string(), v.regex(TIME_ZONE_NAME, 'a time zone is written like Europe/Berlin'))),
  units: v.exactOptional(v.picklist(UNIT_SYSTEMS)),
});

const deviceMessage = v.variant('type', [
  v.object({
    type: v.literal('hello'),
    protocol: count,
    device: v.object({ name, model: v.optional(text), software: v.optional(text) }),
    audio: audioFormat,
    locale: v.exactOptional(locale),
    /** Of the devices of one group that hear a wake word, one answers. */
    group: v.exactOptional(name),
    /** How much of a reply may be sent ahead of real time. */
    playback: v.object({ bufferMs: v.pipe(ms, v.maxValue(60_000)) }),
    /** Resumes a turn after a lost connection. */
    resume: v.optional(
      v.object({
        session: name,
        turn,
        /** First frame of the reply that has not arrived. */
        downlinkNext: count,
      }),
    ),
    /** What it can do beyond the first version. */
    features: v.exactOptional(v.pipe(v.array(feature), v.maxLength(32))),
  }),
  v.object({
    type: v.literal('turn.start'),
    turn,
    id: turnId,
    trigger,
    startedAt: timeMs,
    /** Recorded without a connection and sent later: no reply is wanted. */
    offline: v.optional(v.object({ recordedAt: timeMs })),
    /** The turn is for this announcement: it has no utterance, and the reply is what is announced. */
    announcement: v.exactOptional(uuid),
    /** The trace of which the turn is a part; the gateway's spans are children of the device's. */
    traceparent: v.exactOptional(traceparent),
    /** The device finds the end of the utterance by listening; this is how long a pause may be. */
    patience: v.exactOptional(v.picklist(PATIENCES)),
    /** The turn began with a wake word, which other devices may have heard, too: the gateway chooses one of them. */
    wake: v.exactOptional(
      v.object({
        word: name,
        levelDb: v.pipe(v.number(), v.minValue(MIN_WAKE_LEVEL_DB), v.maxValue(0)),
        /** How sure the engine is. */
        score: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
        /** How long ago the word ended. */
        ageMs: ms,
      }),
    ),
  }),
  v.object({
    type: v.literal('turn.abort'),
    turn,
    reason: v.picklist(['barge-in', 'cancelled', 'error']),
  }),
  v.object({ type: v.literal('playback'), ...playbackReport.entries }),
  v.object({ type: v.literal('report'), figures: report }),
  /** After the turn: its latencies. */
  v.object({ type: v.literal('turn.report'), id: turnId, latencyMs: latencies }),
  /** The device will not take this announcement. */
  v.object({ type: v.literal('say.declined'), id: uuid, reason: v.picklist(DECLINE_REASONS) }),
  /** A reminder has rung; repeated until `reminders` does not name it any more. */
  v.object({
    type: v.literal('reminder.rang'),
    id: uuid,
    outcome: v.picklist(['stopped', 'unanswered', 'failed']),
    /** By how much it rang late. */
    lateMs: ms,
  }),
  /** Whether the microphone is muted: after each `welcome`, and when it changes. */
  v.object({ type: v.literal('mute'), muted: v.boolean(), by: v.exactOptional(v.picklist(MUTERS)) }),
  ack,
  ping,
  bye,
]);

const gatewayMessage = v.variant('type', [
  v.object({
    type: v.literal('welcome'),
    session: name,
    /** The turn of `resume` goes on. `uplinkNext`: its first frame that has not arrived. */
    resumed: v.boolean(),
    uplinkNext: count,
    audio: audioFormat,
    limits: v.object({ maxMessageBytes: count, maxTurnMs: ms, maxTurnBytes: v.exactOptional(count) }),
    serverTime: timeMs,
  }),
  /** What was recognised so far of an utterance that goes on. */
  v.object({ type: v.literal('turn.partial'), turn, text }),
  /** The sentence is probably not finished: the device does not end the utterance within this time. */
  v.object({ type: v.literal('listen.hold'), turn, holdMs: v.pipe(ms, v.maxValue(MAX_HOLD_MS)) }),
  /** The utterance is over; or there was no speech in it or another device answers, and the turn should be cancelled. */
  v.object({ type: v.literal('listen.end'), turn, reason: v.picklist(END_REASONS) }),
  v.object({ type: v.literal('turn.processing'), turn, transcript: v.optional(text) }),
  v.object({ type: v.literal('reply.start'), turn, audio: audioFormat, text: v.optional(text) }),
  /** A caption: the words that are heard from `fromMs` of the reply on. */
  v.object({ type: v.literal('reply.text'), turn, text, fromMs: ms }),
  v.object({
    type: v.literal('turn.done'),
    turn,
    id: turnId,
    timing: v.optional(replyTiming),
    /** The reply asks the person something: an answer is awaited. */
    asks: v.exactOptional(v.boolean()),
  }),
  /** The turn is stored durably: the device may delete it. */
  v.object({
    type: v.literal('turn.stored'),
    turn,
    id: turnId,
    /** Set in the second message: the turn and its recording are in the cloud, not only at the gateway. */
    cloud: v.exactOptional(v.boolean()),
  }),
  ack,
  /** Somebody who is not beside the device wants it to do this. */
  v.object({ type: v.literal('control'), action: v.picklist(CONTROL_ACTIONS) }),
  v.object({ type: v.literal('settings'), settings }),
  /** A reply to play while there is no connection: an Ogg Opus file, in base64. */
  v.object({ type: v.literal('reply.cached'), key: replyKey, text, file: v.pipe(v.string(), v.base64()) }),
  /** The gateway has something to say: the device begins a turn for it when nobody speaks. */
  v.object({
    type: v.literal('say'),
    id: uuid,
    text: spokenText,
    priority: v.picklist(['normal', 'urgent']),
    /** After this time it should not be said any more. */
    expiresInMs: ms,
  }),
  /** All reminders of the device that have not rung. */
  v.object({
    type: v.literal('reminders'),
    /** The gateway's wall clock, to which `at` refers. */
    now: timeMs,
    reminders: v.pipe(v.array(reminder), v.maxLength(MAX_REMINDERS)),
  }),
  /** What the device says when this reminder rings: an Ogg Opus file, in base64. */
  v.object({ type: v.literal('reminder.speech'), id: uuid, text: spokenText, file: v.pipe(v.string(), v.base64()) }),
  /** The device has no token: the operator has to approve this code. */
  v.object({ type: v.literal('pair.pending'), code: v.pipe(v.string(), v.regex(/^\d{6}$/)), expiresAt: timeMs }),
  v.object({ type: v.literal('pair.approved'), token: v.pipe(v.string(), v.regex(/^[\w-]{32,256}$/)) }),
  v.object({ type: v.literal('pong'), t0: timeMs, t1: timeMs, t2: timeMs }),
  v.object({ type: v.literal('goaway'), afterMs: ms, spreadMs: v.optional(ms) }),
  v.object({
    type: v.literal('error'),
    code: name,
    message: text,
    turn: v.optional(turn),
    retryable: v.boolean(),
    supported: v.optional(v.pipe(v.array(count), v.maxLength(16))),
  }),
  bye,
]);

/** A message of a device. */
export type DeviceMessage = v.InferOutput<typeof deviceMessage>;
/** The first message of a connection. */
export type Hello = Extract<DeviceMessage, { type: 'hello' }>;
/** A message of a gateway. */
export type GatewayMessage = v.InferOutput<typeof gatewayMessage>;
/** A reply to play while there is no connection. */
export type CachedReplyMessage = Omit<Extract<GatewayMessage, { type: 'reply.cached' }>, 'type'>;
/** Something that the gateway wants to say. */
export type AnnouncementMessage = Omit<Extract<GatewayMessage, { type: 'say' }>, 'type'>;
/** All reminders of a device. */
export type RemindersMessage = Omit<Extract<GatewayMessage, { type: 'reminders' }>, 'type'>;
/** What a device says when a reminder rings. */
export type ReminderSpeechMessage = Omit<Extract<GatewayMessage, { type: 'reminder.speech' }>, 'type'>;
/** How a reminder has rung. */
export type ReminderReport = Omit<Extract<DeviceMessage, { type: 'reminder.rang' }>, 'type'>;
/** Whether the microphone of a device is muted. */
export type MuteReport = Omit<Extract<DeviceMessage, { type: 'mute' }>, 'type'>;
/** How audio is encoded. */
export type AudioFormat = v.InferOutput<typeof audioFormat>;
/** How the playback of a reply goes. */
export type PlaybackReport = v.InferOutput<typeof playbackReport>;
/** The gateway's times of a turn, ms since 1970 by its clock. */
export type ReplyTiming = v.InferOutput<typeof replyTiming>;
/** The latencies of a turn by stage, in ms. */
export type Latencies = v.InferOutput<typeof latencies>;
/** Metrics of a device: numbers by name. */
export type DeviceMetrics = v.InferOutput<typeof report>;
/** Settings that an operator can change on a running device. */
export type Settings = v.InferOutput<typeof settings>;

/** The types of all messages of both ends. */
export const MESSAGE_TYPES = {
  device: deviceMessage.options.map(({ entries }) => entries.type.literal),
  gateway: gatewayMessage.options.map(({ entries }) => entries.type.literal),
};

/** A decoded message, or the error. */
export type DecodedMessage<Message> =
  | { ok: true; message: Message }
  /** `unknown`: a type of a later version; ignore it. `invalid`: answer with an error. */
  | { ok: false; kind: 'unknown' | 'invalid'; reason: string };

/** Acknowledgements come often: looking their schema up costs less than trying all of them. */
const DEVICE_MESSAGES = schemasByType<DeviceMessage>(deviceMessage.options);
const GATEWAY_MESSAGES = schemasByType<GatewayMessage>(gatewayMessage.options);

type MessageSchema<Message> = v.GenericSchema<unknown, Message>;
type Option<Message> = MessageSchema<Message> & { readonly entries: { readonly type: { readonly literal: string } } };

function schemasByType<Message>(options: readonly Option<Message>[]): ReadonlyMap<string, MessageSchema<Message>> {
  return new Map(options.map((option) => [option.entries.type.literal, option]));
}

/** Decodes a text message of a device. Ignores unknown fields. */
export const decodeDeviceMessage = (json: string): DecodedMessage<DeviceMessage> => decode(DEVICE_MESSAGES, json);
/** Decodes a text message of a gateway. Ignores unknown fields. */
export const decodeGatewayMessage = (json: string): DecodedMessage<GatewayMessage> => decode(GATEWAY_MESSAGES, json);

function decode<Message>(schemas: ReadonlyMap<string, MessageSchema<Message>>, json: string): DecodedMessage<Message> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { ok: false, kind: 'invalid', reason: 'not JSON' };
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') {
    return { ok: false, kind: 'invalid', reason: 'not an object with a type' };
  }
  const { type } = value;
  const schema = schemas.get(type);
  if (!schema) return { ok: false, kind: 'unknown', reason: `unknown message type ${type.slice(0, 64)}` };
  const result = v.safeParse(schema, value);
  if (result.success) return { ok: true, message: result.output };
  const issue = result.issues[0];
  return {
    ok: false,
    kind: 'invalid',
    reason: clipText(`${type}: ${v.getDotPath(issue) ?? 'message'}: ${issue.message}`, MAX_REASON_LENGTH),
  };
}
