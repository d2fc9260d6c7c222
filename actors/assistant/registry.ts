/**
 * The providers of each part, by name. A provider is loaded when it is used.
 */
import type { Brain } from './parts/brain.ts';
import type { Provider } from './parts/provider.ts';
import type { SpeechToSpeech } from './parts/speech-to-speech.ts';
import type { Synthesizer } from './parts/synthesizer.ts';
import type { Transcriber } from './parts/transcriber.ts';

type Providers<Part> = Record<string, () => Promise<Provider<Part>>>;

export const TRANSCRIBERS: Providers<Transcriber> = {};
export const BRAINS: Providers<Brain> = {};
export const SYNTHESIZERS: Providers<Synthesizer> = {
  flite: async () => (await import('./speech/flite/provider.ts')).flite,
};
export const SPEECH_TO_SPEECH: Providers<SpeechToSpeech> = {};
