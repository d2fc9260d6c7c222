/**
 * The providers of each part, by name. A provider is loaded when it is used.
 */
import type { Brain } from './parts/brain.ts';
import type { PartName, Provider } from './parts/provider.ts';
import type { SpeechToSpeech } from './parts/speech-to-speech.ts';
import type { Synthesizer } from './parts/synthesizer.ts';
import type { Transcriber } from './parts/transcriber.ts';

type Providers<Part> = Record<string, () => Promise<Provider<Part>>>;

export const TRANSCRIBERS: Providers<Transcriber> = {
  moonshine: async () => (await import('./recognition/provider.ts')).moonshine,
  openai: async () => (await import('./openai/providers.ts')).transcription,
  wyoming: async () => (await import('./wyoming/provider.ts')).wyomingTranscriber,
};
export const BRAINS: Providers<Brain> = {
  'home-assistant': async () => (await import('./home-assistant/provider.ts')).homeAssistant,
  skills: async () => (await import('./skills/brain.ts')).skillsBrain,
  openai: async () => (await import('./openai/providers.ts')).chat,
};
export const SYNTHESIZERS: Providers<Synthesizer> = {
  wyoming: async () => (await import('./wyoming/provider.ts')).wyomingSynthesizer,
  flite: async () => (await import('./speech/flite/provider.ts')).flite,
  openai: async () => (await import('./openai/providers.ts')).speech,
};
export const SPEECH_TO_SPEECH: Providers<SpeechToSpeech> = {
  'openai-realtime': async () => (await import('./openai-realtime/provider.ts')).realtime,
};

/** The parts by the names that configurations use. */
export const PROVIDERS = {
  transcriber: TRANSCRIBERS,
  brain: BRAINS,
  synthesizer: SYNTHESIZERS,
  realtime: SPEECH_TO_SPEECH,
} as const satisfies Record<PartName, unknown>;

/** Those that need neither an account nor a network; they stand in for the others. */
export const EMBEDDED = { transcriber: 'moonshine', brain: 'skills', synthesizer: 'flite' } as const;

/** Where a provider's key and address are in the environment by custom. */
export interface Account {
  keyVariable: string;
  urlVariable: string;
  /** The provider's own server: the key of the environment is sent to no other one, unless the environment names it, too. */
  host?: string;
}

const OPENAI: Account = { keyVariable: 'OPENAI_API_KEY', urlVariable: 'OPENAI_BASE_URL', host: 'api.openai.com' };

export const ACCOUNTS: Readonly<Record<string, Account>> = {
  openai: OPENAI,
  'openai-realtime': { ...OPENAI, urlVariable: 'OPENAI_REALTIME_URL' },
  'home-assistant': { keyVariable: 'HOME_ASSISTANT_TOKEN', urlVariable: 'HOME_ASSISTANT_URL' },
};
