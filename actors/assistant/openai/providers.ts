/**
 * OpenAI, and every server that speaks its API, as providers of the three parts.
 */
import type { Brain } from '../parts/brain.ts';
import type { PartContext, Provider, ProviderSettings } from '../parts/provider.ts';
import type { Synthesizer } from '../parts/synthesizer.ts';
import type { Transcriber } from '../parts/transcriber.ts';
import { createChatBrain } from './chat-brain.ts';
import { checkChat, checkSpeech, checkTranscription } from './checks.ts';
import { type ApiClient, createApiClient } from './client.ts';
import { createFileTranscriber } from './file-transcriber.ts';
import { createSpeechSynthesizer } from './speech-synthesizer.ts';

/** OpenAI's models for a quick answer. Other servers have no default. */
const CHAT_MODEL = 'gpt-4.1-mini';
const TRANSCRIPTION_MODEL = 'gpt-4o-mini-transcribe';
const SPEECH_MODEL = 'gpt-4o-mini-tts';

export const chat: Provider<Brain> = {
  summary: 'Language models of OpenAI, and of servers with its API (Groq, Ollama, vLLM, Gemini, Anthropic, …)',
  async create(settings, context) {
    return createChatBrain(clientFor(CHAT_MODEL, settings, context), context);
  },
  check(settings, context) {
    return checkChat(clientFor(CHAT_MODEL, settings, context), context);
  },
};

export const transcription: Provider<Transcriber> = {
  summary: 'Recognition of OpenAI, and of servers with its API (Groq, Speaches, LocalAI, vLLM, …)',
  async create(settings, context) {
    return createFileTranscriber(clientFor(TRANSCRIPTION_MODEL, settings, context), context);
  },
  check(settings, context) {
    return checkTranscription(clientFor(TRANSCRIPTION_MODEL, settings, context), context);
  },
};

export const speech: Provider<Synthesizer> = {
  summary: 'Speech of OpenAI, and of servers with its API (Groq, Speaches, LocalAI, Kokoro, …)',
  async create(settings, context) {
    return createSpeechSynthesizer(clientFor(SPEECH_MODEL, settings, context), settings, context);
  },
  check(settings, context) {
    const client = clientFor(SPEECH_MODEL, settings, context);
    return checkSpeech(client, createSpeechSynthesizer(client, settings, context), context);
  },
};

function clientFor(defaultModel: string, settings: ProviderSettings, context: PartContext): ApiClient {
  return createApiClient({ settings, context, defaultModel });
}
