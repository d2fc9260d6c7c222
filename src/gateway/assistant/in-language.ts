/** Parts whose language the configuration sets, instead of the device. */
import type { Brain } from '../../../actors/assistant/parts/brain.ts';
import type { SpeechToSpeech } from '../../../actors/assistant/parts/speech-to-speech.ts';
import type { Synthesizer } from '../../../actors/assistant/parts/synthesizer.ts';
import type { Transcriber } from '../../../actors/assistant/parts/transcriber.ts';

export function transcriberInLanguage(transcriber: Transcriber, language: string): Transcriber {
  return { ...boundTo(transcriber), begin: (options) => transcriber.begin({ ...options, language }) };
}

export function brainInLanguage(brain: Brain, language: string): Brain {
  return {
    ...boundTo(brain),
    ...(brain.understands && { understands: brain.understands }),
    ...(brain.asMeant && { asMeant: brain.asMeant }),
    answer: (request, signal) => brain.answer({ ...request, device: { ...request.device, language } }, signal),
  };
}

export function synthesizerInLanguage(synthesizer: Synthesizer, language: string): Synthesizer {
  return { ...boundTo(synthesizer), speak: (text, options) => synthesizer.speak(text, { ...options, language }) };
}

export function speechInLanguage(model: SpeechToSpeech, language: string): SpeechToSpeech {
  return {
    begin: (request, signal) => model.begin({ ...request, device: { ...request.device, language } }, signal),
    close: () => model.close(),
  };
}

function boundTo(part: { prepare?(): Promise<void>; close(): Promise<void> }) {
  return { prepare: () => part.prepare?.() ?? Promise.resolve(), close: () => part.close() };
}
