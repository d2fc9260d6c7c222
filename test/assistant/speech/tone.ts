/** A synthesizer that says each sentence as a tone of 50 ms a character, and knows what it was asked for. */
import type { Pcm, SpeakOptions, Synthesizer } from '../../../actors/assistant/parts/synthesizer.ts';

export const MS_A_CHARACTER = 50;

export function tone(samples: number, sampleRateHz = 16_000): Pcm {
  const wave = Int16Array.from({ length: samples }, (_, i) => 8_000 * Math.sin((2 * Math.PI * 440 * i) / sampleRateHz));
  return { samples: wave, sampleRateHz };
}

export interface ToneSynthesizer extends Synthesizer {
  said: string[];
  /** Sentences that are being spoken. */
  speaking: number;
}

/** @param speak of some sentences instead of the tone */
export function toneSynthesizer(
  speak: (text: string, options: SpeakOptions) => AsyncIterable<Pcm> | undefined = () => undefined,
): ToneSynthesizer {
  const synthesizer: ToneSynthesizer = {
    said: [],
    speaking: 0,
    async *speak(text, options) {
      synthesizer.said.push(text);
      synthesizer.speaking += 1;
      try {
        const instead = speak(text, options);
        if (instead) yield* instead;
        else yield tone(text.length * MS_A_CHARACTER * 16);
      } finally {
        synthesizer.speaking -= 1;
      }
    },
    async close() {},
  };
  return synthesizer;
}

/** Hangs until the signal is aborted, as a well-behaved synthesizer does. */
export async function* hang(signal: AbortSignal): AsyncGenerator<Pcm> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
