/** Speech to speech from the three parts: it stands in for a model that hears and speaks itself. */
import type { Brain } from '../parts/brain.ts';
import type { SpeechToSpeech, SpokenOutput } from '../parts/speech-to-speech.ts';
import type { Synthesizer } from '../parts/synthesizer.ts';
import type { Transcriber } from '../parts/transcriber.ts';
import { createSentences } from '../speech/sentences.ts';

export interface ThreeParts {
  transcriber: Transcriber;
  brain: Brain;
  synthesizer: Synthesizer;
}

/** The parts belong to others, who close them. */
export function speechFromParts({ transcriber, brain, synthesizer }: ThreeParts): SpeechToSpeech {
  return {
    begin(request, signal) {
      const { name: device, language, voice } = request.device;
      const utterance = transcriber.begin({ device, language, signal });
      let onFinished: () => void = () => {};
      const finished = new Promise<void>((resolve) => {
        onFinished = resolve;
      });

      async function* speak(sentences: readonly string[]): AsyncGenerator<SpokenOutput> {
        for (const sentence of sentences) {
          if (signal.aborted) return;
          yield { type: 'text', text: sentence };
          const options = { device, language, signal, ...(voice !== undefined && { voice }) };
          for await (const pcm of synthesizer.speak(sentence.trim(), options)) yield { type: 'audio', pcm };
        }
      }

      async function* output(): AsyncGenerator<SpokenOutput> {
        await finished;
        const { text } = await utterance.finish();
        yield { type: 'transcript', text };
        const sentences = createSentences({ language });
        for await (const piece of brain.answer({ ...request, text }, signal)) {
          if (piece.type === 'tool') yield piece;
          else yield* speak(sentences.push(piece.text));
        }
        yield* speak(sentences.end());
      }

      return {
        push: (frames, gapSamples) => utterance.push(frames, gapSamples),
        finish: () => onFinished(),
        output: output(),
        // The memory of the conversation is cut by whoever plays it.
        heard() {},
      };
    },
    async close() {},
  };
}
