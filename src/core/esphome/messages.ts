/**
 * The messages of ESPHome's native API that a voice satellite and Home Assistant send each other, with their numbers and fields. Names and numbers are those of
 * `api.proto` in github.com/esphome/aioesphomeapi (MIT), written down again; docs/home-assistant.md says which version was read.
 */
import { decode, encode, field, list, type ProtobufMessage, type Schema } from './protobuf.ts';

/** What every entity is listed with. */
const ENTITY = {
  objectId: field(1, 'string'),
  key: field(2, 'fixed32'),
  name: field(3, 'string'),
  icon: field(5, 'string'),
};

const SUPPORTED_FORMAT = {
  format: field(1, 'string'),
  sampleRate: field(2, 'uint32'),
  channels: field(3, 'uint32'),
  /** See {@link FORMAT_FOR_ANNOUNCEMENTS}. */
  purpose: field(4, 'uint32'),
  sampleBytes: field(5, 'uint32'),
};

const WAKE_WORD = { id: field(1, 'string'), wakeWord: field(2, 'string'), trainedLanguages: list(3, 'string') };

const message = <Fields extends Schema>(id: number, fields: Fields) => ({ id, fields });

export const MESSAGES = {
  HelloRequest: message(1, {
    clientInfo: field(1, 'string'),
    apiVersionMajor: field(2, 'uint32'),
    apiVersionMinor: field(3, 'uint32'),
  }),
  HelloResponse: message(2, {
    apiVersionMajor: field(1, 'uint32'),
    apiVersionMinor: field(2, 'uint32'),
    serverInfo: field(3, 'string'),
    name: field(4, 'string'),
  }),
  /** Removed in ESPHome 2026.1; older clients still send it. The key of the encryption is what authenticates. */
  AuthenticationRequest: message(3, {}),
  AuthenticationResponse: message(4, { invalidPassword: field(1, 'bool') }),
  DisconnectRequest: message(5, {}),
  DisconnectResponse: message(6, {}),
  PingRequest: message(7, {}),
  PingResponse: message(8, {}),
  DeviceInfoRequest: message(9, {}),
  DeviceInfoResponse: message(10, {
    name: field(2, 'string'),
    macAddress: field(3, 'string'),
    esphomeVersion: field(4, 'string'),
    model: field(6, 'string'),
    projectName: field(8, 'string'),
    projectVersion: field(9, 'string'),
    manufacturer: field(12, 'string'),
    friendlyName: field(13, 'string'),
    /** See {@link VOICE_FEATURES}. */
    voiceAssistantFeatureFlags: field(17, 'uint32'),
  }),
  ListEntitiesRequest: message(11, {}),
  ListEntitiesSwitchResponse: message(17, ENTITY),
  ListEntitiesTextSensorResponse: message(18, ENTITY),
  ListEntitiesDoneResponse: message(19, {}),
  SubscribeStatesRequest: message(20, {}),
  SwitchStateResponse: message(26, { key: field(1, 'fixed32'), state: field(2, 'bool') }),
  TextSensorStateResponse: message(27, { key: field(1, 'fixed32'), state: field(2, 'string') }),
  SwitchCommandRequest: message(33, { key: field(1, 'fixed32'), state: field(2, 'bool') }),
  ListEntitiesButtonResponse: message(61, ENTITY),
  ButtonCommandRequest: message(62, { key: field(1, 'fixed32') }),
  ListEntitiesMediaPlayerResponse: message(63, {
    ...ENTITY,
    supportedFormats: list(9, SUPPORTED_FORMAT),
    /** See {@link MEDIA_FEATURES}. */
    featureFlags: field(11, 'uint32'),
  }),
  MediaPlayerStateResponse: message(64, {
    key: field(1, 'fixed32'),
    /** See {@link MEDIA_STATES}. */
    state: field(2, 'uint32'),
    /** 0 to 1. */
    volume: field(3, 'float'),
    muted: field(4, 'bool'),
  }),
  MediaPlayerCommandRequest: message(65, {
    key: field(1, 'fixed32'),
    hasCommand: field(2, 'bool'),
    /** See {@link MEDIA_COMMANDS}. */
    command: field(3, 'uint32'),
    hasVolume: field(4, 'bool'),
    volume: field(5, 'float'),
    hasMediaUrl: field(6, 'bool'),
    mediaUrl: field(7, 'string'),
  }),
  SubscribeVoiceAssistantRequest: message(89, { subscribe: field(1, 'bool'), flags: field(2, 'uint32') }),
  VoiceAssistantRequest: message(90, {
    start: field(1, 'bool'),
    conversationId: field(2, 'string'),
    /** See {@link USES_VAD}. */
    flags: field(3, 'uint32'),
  }),
  VoiceAssistantResponse: message(91, { port: field(1, 'uint32'), error: field(2, 'bool') }),
  VoiceAssistantEventResponse: message(92, {
    /** See {@link PIPELINE_EVENTS}. */
    eventType: field(1, 'uint32'),
    data: list(2, { name: field(1, 'string'), value: field(2, 'string') }),
  }),
  VoiceAssistantAudio: message(106, { data: field(1, 'bytes'), end: field(2, 'bool') }),
  VoiceAssistantTimerEventResponse: message(115, {
    /** See {@link TIMER_EVENTS}. */
    eventType: field(1, 'uint32'),
    timerId: field(2, 'string'),
    name: field(3, 'string'),
    totalSeconds: field(4, 'uint32'),
    secondsLeft: field(5, 'uint32'),
    isActive: field(6, 'bool'),
  }),
  VoiceAssistantAnnounceRequest: message(119, {
    mediaId: field(1, 'string'),
    text: field(2, 'string'),
    preannounceMediaId: field(3, 'string'),
    startConversation: field(4, 'bool'),
  }),
  VoiceAssistantAnnounceFinished: message(120, { success: field(1, 'bool') }),
  VoiceAssistantConfigurationRequest: message(121, {}),
  VoiceAssistantConfigurationResponse: message(122, {
    availableWakeWords: list(1, WAKE_WORD),
    activeWakeWords: list(2, 'string'),
    maxActiveWakeWords: field(3, 'uint32'),
  }),
  VoiceAssistantSetConfiguration: message(123, { activeWakeWords: list(1, 'string') }),
} as const;

export type MessageName = keyof typeof MESSAGES;
export type Fields<Name extends MessageName> = ProtobufMessage<(typeof MESSAGES)[Name]['fields']>;
/** A message with its name as `type`. */
export type ApiMessage = { [Name in MessageName]: { type: Name } & Fields<Name> }[MessageName];

/** The API version that these messages are of: 1.12. From 1.15 on, a client expects a further message. */
export const API_VERSION = { apiVersionMajor: 1, apiVersionMinor: 12 };

/** Bits of `voiceAssistantFeatureFlags`. */
export const VOICE_FEATURES = { assistant: 1, speaker: 2, apiAudio: 4, timers: 8, announce: 16, startConversation: 32 };
/** Bit of `VoiceAssistantRequest.flags`: Home Assistant finds the end of speech. */
export const USES_VAD = 1;
/** Bit of `SubscribeVoiceAssistantRequest.flags`: audio is sent by this API, not by UDP. */
export const SUBSCRIBES_API_AUDIO = 1;
/** Bits of Home Assistant's `MediaPlayerEntityFeature`. */
export const MEDIA_FEATURES = { volumeSet: 4, playMedia: 512, volumeStep: 1_024, browse: 131_072, announce: 1_048_576 };
export const MEDIA_STATES = { idle: 1, playing: 2, announcing: 4 };
export const MEDIA_COMMANDS = { volumeUp: 6, volumeDown: 7 };
export const FORMAT_FOR_ANNOUNCEMENTS = 1;
export const TIMER_EVENTS = { started: 0, updated: 1, cancelled: 2, finished: 3 };

/** Events of a run of Home Assistant's voice pipeline (home-assistant.io/integrations/assist_pipeline). */
export const PIPELINE_EVENTS = {
  error: 0,
  runStart: 1,
  runEnd: 2,
  sttStart: 3,
  sttEnd: 4,
  intentStart: 5,
  intentEnd: 6,
  ttsStart: 7,
  ttsEnd: 8,
  sttVadStart: 11,
  sttVadEnd: 12,
  ttsStreamStart: 98,
  ttsStreamEnd: 99,
  intentProgress: 100,
} as const;
export type PipelineEventName = keyof typeof PIPELINE_EVENTS;

const NAMES = new Map((Object.keys(MESSAGES) as MessageName[]).map((name) => [MESSAGES[name].id as number, name]));

/** The body of a message, without its number. */
export function encodeMessage<Name extends MessageName>(name: Name, fields: Partial<Fields<Name>>): Buffer {
  return encode(MESSAGES[name].fields as Schema, fields as object);
}

/** Undefined: a message that a satellite has no use for. @throws ProtobufError */
export function decodeMessage(id: number, body: Uint8Array): ApiMessage | undefined {
  const name = NAMES.get(id);
  if (name === undefined) return undefined;
  return { type: name, ...decode(MESSAGES[name].fields as Schema, body) } as ApiMessage;
}
