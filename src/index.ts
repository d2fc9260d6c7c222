/**
 * Earshot as a library (`earshot`): a gateway with a custom responder, and a device, in any process. The protocol alone
 * is `earshot/protocol`. docs/library.md has examples; the commands in src/cli use the same functions.
 */

export { type AssistantResponderOptions, createAssistant } from '../actors/assistant/answer/assistant.ts';
export { createMemory } from '../actors/assistant/memory/conversation-memory.ts';
export type { Brain, BrainOutput, BrainRequest, MeantText, PastConversation } from '../actors/assistant/parts/brain.ts';
export type {
  DialogueMessage,
  Lists,
  Memory,
  Recollection,
  Reminder,
  Reminders,
} from '../actors/assistant/parts/memory.ts';
export type { PartContext, Provider, ProviderCheck, ProviderSettings } from '../actors/assistant/parts/provider.ts';
export type { SpeechToSpeech, SpokenOutput, SpokenTurn } from '../actors/assistant/parts/speech-to-speech.ts';
export type { Pcm, SpeakOptions, Synthesizer } from '../actors/assistant/parts/synthesizer.ts';
export type { Tool, ToolCall, ToolContext, ToolEffect } from '../actors/assistant/parts/tool.ts';
export type {
  PartialTranscript,
  Transcriber,
  Transcript,
  Utterance,
  UtteranceOptions,
} from '../actors/assistant/parts/transcriber.ts';
export { createReplyVoice, type GatewayVoice, type ReplyVoice } from '../actors/assistant/speech/reply-voice.ts';
export type { Dial } from '../actors/network/socket.ts';
export { type DialOptions, dialer } from '../actors/network/websocket.ts';
export type { Answer, Listener, Responder, ResponderTurn } from '../actors/responder/responder.ts';
export type { AudioAddress } from '../actors/sound/backend.ts';
export { parseMicrophone, parseSpeaker } from '../actors/sound/backends/open.ts';
export { keyboardTrigger } from '../actors/trigger/keyboard.ts';
export { recordingTrigger } from '../actors/trigger/recording.ts';
export { signalTrigger } from '../actors/trigger/signal.ts';
export type { OpenTrigger, TriggerHandlers, TriggerSource } from '../actors/trigger/trigger.ts';
export type { ConversationNotification } from '../machines/conversation-context.ts';
export type { SessionNotification } from '../machines/session-context.ts';
export type { ConversationState, TurnOutcome, TurnRecord } from '../machines/turn-record.ts';
export type { Scope } from './core/actor/scope.ts';
export { type DeviceProfile, defaultProfile } from './core/device-profile.ts';
export { EarshotError, type ErrorInfo } from './core/errors.ts';
export { defaultModelsFolder } from './core/files/paths.ts';
export { DEFAULT_LIMITS, type Limits, limitsFrom } from './core/limits/limits.ts';
export { createLog, type LogOptions } from './core/log/create-log.ts';
export { type Log, silentLog } from './core/log/log.ts';
export { systemClock } from './core/time/clock.ts';
export { type AudioHosting, audioHosting } from './device/audio/choose-host.ts';
export { createDaemon, type Daemon, type DaemonOptions } from './device/daemon.ts';
export { loadProvider } from './gateway/assistant/load-provider.ts';
export { type Gateway, type GatewayOptions, startGateway } from './gateway/gateway.ts';
export { type GatewayCloud, type GatewayCloudOptions, openGatewayCloud } from './gateway/gateway-cloud.ts';
export * from './protocol/index.ts';
