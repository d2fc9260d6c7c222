/**
 * When the words of a sentence end in its frames. The synthesizer may tell it, counted from its first sample; the silence before the first word may be
 * left out. Else it is estimated from the text and the speech.
 */
import { FRAME_MS } from '../../../../src/protocol/format.ts';
import type { Pcm } from '../../parts/synthesizer.ts';
import { createLeadingSilence } from '../encoding/silence-trimmer.ts';
import { EnvelopeMeter } from './envelope.ts';
import { speechSounds } from './speech-sounds.ts';
import { wordSizes } from './spoken-size.ts';
import { alignWords, paceOf } from './word-alignment.ts';

export interface WordTimes {
  /** The samples of a sentence on their way to the encoder. */
  observe(speech: AsyncIterable<Pcm>): AsyncIterable<Pcm>;
  /** In ms from the first frame, for each word; infinite: it has not ended yet. An estimate takes some ms of processor time. */
  endsMs(): readonly number[];
  /** What it keeps. */
  bytes(): number;
}

export interface WordTimesOptions {
  text: string;
  /** See `EncodeOptions`. */
  trimStart: boolean;
  /** Of what the same voice has said before. */
  pace: VoicePace;
  /** When it is aborted, the samples end before the sentence does. */
  signal: AbortSignal;
}

/** How fast a voice speaks: of English at 180 words a minute, and of flite's voice rms, until a sentence is complete. */
export interface VoicePace {
  framesPerLetter: number;
}
export const usualPace = (): VoicePace => ({ framesPerLetter: 3 });

export function createWordTimes({ text, trimStart, pace, signal }: WordTimesOptions): WordTimes {
  const silence = createLeadingSilence();
  const envelope = new EnvelopeMeter();
  const words = wordSizes(text);
  let told: readonly number[] | undefined;
  let isComplete = false;

  const isTold = () => told?.length === words.length;

  function estimated(): number[] {
    const sounds = speechSounds(envelope, envelope.all.length);
    const ends = alignWords({ words, sounds, isComplete, framesPerLetter: pace.framesPerLetter });
    return words.map((_, index) => (ends[index] ?? Number.POSITIVE_INFINITY) * FRAME_MS);
  }

  function complete(): void {
    isComplete = true;
    if (isTold()) return;
    const framesPerLetter = paceOf(words, speechSounds(envelope, envelope.all.length));
    if (framesPerLetter > 0) pace.framesPerLetter = framesPerLetter;
  }

  return {
    async *observe(speech) {
      for await (const { wordEndsMs, ...pcm } of speech) {
        told ??= wordEndsMs;
        if (trimStart) silence.add(pcm);
        if (!isTold()) envelope.add(pcm);
        yield pcm;
      }
      if (!signal.aborted) complete();
    },
    endsMs() {
      const leftOutMs = trimStart ? silence.leftOutMs() : 0;
      return (isTold() ? (told ?? []) : estimated()).map((endMs) => Math.max(0, endMs - leftOutMs));
    },
    bytes: () => 8 * (envelope.all.length + envelope.low.length + (told?.length ?? 0)),
  };
}
