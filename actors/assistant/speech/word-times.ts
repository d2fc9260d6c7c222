/**
 * When the words of a sentence end in its frames: the synthesizer counts from its first sample, and the silence before the first word may be left out.
 */
import type { Pcm } from '../parts/synthesizer.ts';
import { createLeadingSilence } from './encoding/silence-trimmer.ts';

export interface WordTimes {
  /** The samples of a sentence on their way to the encoder. */
  observe(speech: AsyncIterable<Pcm>): AsyncIterable<Pcm>;
  /** In ms from the first frame; undefined: the synthesizer did not tell. */
  endsMs(): readonly number[] | undefined;
}

/** @param trimStart see `EncodeOptions` */
export function createWordTimes(trimStart: boolean): WordTimes {
  const silence = createLeadingSilence();
  let told: readonly number[] | undefined;
  return {
    async *observe(speech) {
      for await (const { wordEndsMs, ...pcm } of speech) {
        told ??= wordEndsMs;
        if (trimStart) silence.add(pcm);
        yield pcm;
      }
    },
    endsMs: () => told?.map((endMs) => Math.max(0, endMs - (trimStart ? silence.leftOutMs() : 0))),
  };
}
