/**
 * Encodes the speech of one sentence: any sample rate becomes 16 kHz, and Opus frames of 20 ms. Each sentence begins with a
 * new state of the encoder, so that its frames depend on its samples alone: they can be cached, and encoded again.
 */
import { framesFor } from '../../../../src/core/ogg/opus-file.ts';
import { RECOMMENDED_FRAME_SIZE, SAMPLE_RATE_HZ } from '../../../../src/protocol/format.ts';
import { type FrameEncoder, SPECIFIED_SETTINGS } from '../../../codec/encoder-settings.ts';
import { createOpusEncoder } from '../../../codec/opus.ts';
import { createResampler, type Resampler } from '../../../sound/resampler.ts';
import { toS16 } from '../../../sound/s16.ts';
import { badAnswer } from '../../parts/errors.ts';
import type { Pcm } from '../../parts/synthesizer.ts';
import { createAudioInput, type MonoSamples } from './audio-input.ts';
import { createSilenceTrimmer } from './silence-trimmer.ts';

export interface SentenceEncoder {
  /** The frames that these samples complete, a few at a time. @throws EarshotError `assistant_bad_answer`, `codec_…` */
  push(pcm: Pcm): AsyncIterable<Uint8Array[]>;
  /** The last frames. */
  end(): AsyncIterable<Uint8Array[]>;
  close(): void;
}

/** The first frames come at once, so that the reply begins; then more at a time, which costs less. */
const FIRST_FRAMES = 3;
const FRAMES_AT_ONCE = 10;
/** 240 characters are 15 s of speech; longer audio is no sentence. */
const MAX_SENTENCE_MS = 60_000;

/** Encoders of sentences that are complete. */
const spare: FrameEncoder[] = [];

/** @param trimStart leaves out the silence at the beginning: the person waits for the first word */
export function createSentenceEncoder(trimStart: boolean): SentenceEncoder {
  const input = createAudioInput();
  const trimmer = trimStart ? createSilenceTrimmer() : undefined;
  const opus = spare.pop() ?? createOpusEncoder();
  opus.restart?.(SPECIFIED_SETTINGS);
  let resampler: Resampler | undefined;
  /** Less than a frame. */
  let rest = new Int16Array(0);
  let samples = 0;
  let frames = 0;

  async function* add(mono: MonoSamples | undefined): AsyncGenerator<Uint8Array[]> {
    if (!mono) return;
    resampler ??= await createResampler(mono.sampleRateHz, SAMPLE_RATE_HZ);
    yield* encode(toS16(resampler.push(mono.samples)));
  }

  function* encode(added: Int16Array): Generator<Uint8Array[]> {
    const speech = trimmer?.push(added) ?? added;
    samples += speech.length;
    if (samples > (MAX_SENTENCE_MS * SAMPLE_RATE_HZ) / 1_000) {
      throw badAnswer('the synthesizer', `a sentence has more than ${MAX_SENTENCE_MS / 1_000} s`);
    }
    const waiting = new Int16Array(rest.length + speech.length);
    waiting.set(rest);
    waiting.set(speech, rest.length);
    let at = 0;
    let batch: Uint8Array[] = [];
    for (; at + RECOMMENDED_FRAME_SIZE <= waiting.length; at += RECOMMENDED_FRAME_SIZE) {
      batch.push(opus.encode(waiting.subarray(at, at + RECOMMENDED_FRAME_SIZE)));
      frames += 1;
      if (batch.length < (frames <= FIRST_FRAMES ? FIRST_FRAMES : FRAMES_AT_ONCE)) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
    rest = waiting.slice(at);
  }

  return {
    push: (pcm) => add(input.push(pcm)),
    async *end() {
      yield* add(input.end());
      if (resampler) yield* encode(toS16(resampler.flush()));
      if (samples === 0) return;
      // The last samples are still in the encoder.
      yield* encode(new Int16Array(framesFor(samples) * RECOMMENDED_FRAME_SIZE - samples));
    },
    close() {
      resampler?.close();
      spare.push(opus);
    },
  };
}
